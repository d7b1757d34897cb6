#ifndef MORTISE_LICENSE_H
#define MORTISE_LICENSE_H

/* Checks Mortise licences from any language, without a server: the same code that the server runs.
 *
 * Rules
 * - C11. Link libmortise_licenses_document.a, libsodium and the C++ standard library.
 * - Texts that go in are UTF-8; those with a size need no terminator. Texts that come out are terminated and
 * lie in the caller's memory, or are constants of the library.
 * - A mortise_license is immutable: any number of threads may query it. Close it once, after the last query.
 * - Functions return a code (mortise_license_code), or a number that can't be mistaken for one. Nothing
 * throws, nothing is printed, no global is written.
 * - Times are whole seconds since 1970-01-01T00:00:00Z. This library doesn't ask the clock: the caller says
 * what time it is, and who trusts a clock that the customer can set gets what that is worth.
 * - It is no secret protection: who can change the program can leave the check out.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a licence is refused. The numbers never change; new ones are added. */
typedef enum mortise_license_code {
    MORTISE_LICENSE_OK = 0,
    MORTISE_LICENSE_INVALID_ARGUMENT = 1, /* a null pointer, a wrong size, a root that is no k4.public key */
    MORTISE_LICENSE_OUT_OF_MEMORY = 2,
    MORTISE_LICENSE_BUFFER_TOO_SMALL = 3,
    MORTISE_LICENSE_ABSENT = 4, /* the licence says nothing of what was asked */
    MORTISE_LICENSE_TOO_LARGE = 16,
    MORTISE_LICENSE_MALFORMED_TOKEN = 17,
    MORTISE_LICENSE_MALFORMED_BUNDLE = 18,
    MORTISE_LICENSE_MALFORMED_JSON = 19,
    MORTISE_LICENSE_BAD_SIGNATURE = 20,
    MORTISE_LICENSE_UNKNOWN_ROOT = 21,
    MORTISE_LICENSE_UNKNOWN_KEY = 22,
    MORTISE_LICENSE_WRONG_USE = 23,
    MORTISE_LICENSE_KEY_COMPROMISED = 24,
    MORTISE_LICENSE_KEY_RETIRED = 25,
    MORTISE_LICENSE_NO_KEYSET = 26,
    MORTISE_LICENSE_ROOT_RETIRED = 27,
    MORTISE_LICENSE_BAD_CLAIMS = 28,
    MORTISE_LICENSE_UNKNOWN_CRITICAL = 29,
    MORTISE_LICENSE_ISSUED_IN_FUTURE = 30,
    MORTISE_LICENSE_REFUSED = 63 /* any other reason; error.detail says which */
} mortise_license_code;

/* The code's name as it stands in the documentation, such as "bad_signature"; "refused" for an unknown
 * number. */
const char* mortise_license_code_name(int code);

typedef struct mortise_license mortise_license;

typedef struct mortise_license_options {
    size_t size;              /* sizeof(mortise_license_options): which fields there are */
    const char* const* roots; /* the trusted roots, k4.public texts */
    size_t root_count;        /* at least 1 */
    int64_t now;              /* refuses what was issued later */
    const char* installation; /* the installation's id, for licences bound to one; may be null */
    const char* id_file;      /* path of a mounted file that identifies the machine; may be null */
    /* For a bare licence token: the keyset token that it is checked with; null for bundles, which bring
     * one. / */
    const char* keyset;
    size_t keyset_size;
} mortise_license_options;

typedef struct mortise_license_error {
    int code;
    char detail[256]; /* for people; holds no part of a token */
} mortise_license_error;

/* Checks a bundle or a licence token from the roots down. On MORTISE_LICENSE_OK, *license must be given to
 * mortise_license_close(); otherwise it is null and *error, unless null, says why. Takes some 50
 * microseconds a line; a licence that is bound to a machine has the machine's ids read from the system. */
int mortise_license_open(const char* text, size_t size, const mortise_license_options* options,
                         mortise_license** license, mortise_license_error* error);

/* Null is allowed. */
void mortise_license_close(mortise_license* license);

/* What it allows at a time. */
typedef enum mortise_license_state {
    MORTISE_LICENSE_NOT_YET_VALID = 0,
    MORTISE_LICENSE_VALID = 1,
    MORTISE_LICENSE_GRACE = 2,  /* has ended, goes on with warnings */
    MORTISE_LICENSE_LIMITED = 3 /* has ended, was revoked, or belongs to another machine: read only */
} mortise_license_state;

typedef enum mortise_license_access {
    MORTISE_LICENSE_NO_ACCESS = 0,
    MORTISE_LICENSE_READ = 1,
    MORTISE_LICENSE_FULL = 2
} mortise_license_access;

/* `reason`, unless null, is set to a constant: "" or why it isn't valid, such as "ended" or "revoked". -1
 * for a null licence, or without memory. */
int mortise_license_state_at(const mortise_license* license, int64_t now, const char** reason);

/* What a plugin may do. `version` is MAJOR.MINOR.PATCH, or null where it doesn't matter. */
int mortise_license_plugin_access(const mortise_license* license, const char* plugin, const char* version,
                                  int64_t now);

/* 1 if the licence has the feature, else 0. Whether it is in force says mortise_license_state_at(). */
int mortise_license_has_feature(const mortise_license* license, const char* feature);

/* A limit for all together, or for one tenant by its slug if that isn't null. MORTISE_LICENSE_ABSENT: the
 * licence sets no such limit, and *value stays. */
int mortise_license_limit(const mortise_license* license, const char* name, const char* tenant,
                          uint64_t* value);

/* Texts by their claim: "iss", "sub", "jti", "plan", "lic_model", "kid". Copies at most `capacity` bytes
 * with the terminator; *needed, unless null, is what it takes. */
int mortise_license_text(const mortise_license* license, const char* claim, char* buffer, size_t capacity,
                         size_t* needed);

/* Times by their claim: "iat", "nbf", "exp", "maint_until", "refresh_by"; and "ends_at", the earlier of
 * exp and refresh_by, and "grace_until". */
int mortise_license_time(const mortise_license* license, const char* claim, int64_t* value);

#ifdef __cplusplus
}
#endif

#endif
