/* The C interface, used from C: a chain signed by another program, and what must be refused of it. */
#include "licenses/document/test_vector.h"

#include <mortise/license.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition)                                                   \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            ++failures;                                                     \
        }                                                                   \
    } while (0)

/* date -u -d 2027-06-01 +%s, and so on. */
static const int64_t kIssued = 1798848000;     /* 2027-01-02 */
static const int64_t kRulesEnd = 1811808000;   /* 2027-06-01 */
static const int64_t kEnd = 1830384000;        /* 2028-01-02 */
static const int64_t kMaintained = 1861920000; /* 2029-01-01 */

static const char* const kRoots[] = {VECTOR_ROOT};

static char* text_of(const char* revocations) {
    const size_t size = sizeof kVectorKeyset + sizeof kVectorLicense + sizeof kVectorRevocations + 256;
    char* text = malloc(size);
    if (text == NULL) abort();
    snprintf(text, size, "mortise-license-bundle v1\nkeyset: %s\n%s%s%slicense: %s\n", kVectorKeyset,
             revocations != NULL ? "revocations: " : "", revocations != NULL ? revocations : "",
             revocations != NULL ? "\n" : "", kVectorLicense);
    return text;
}

static mortise_license_options options_at(int64_t now) {
    mortise_license_options options = {.size = sizeof options, .roots = kRoots, .root_count = 1, .now = now};
    return options;
}

static int open_at(const char* text, int64_t now, mortise_license** license) {
    const mortise_license_options options = options_at(now);
    return mortise_license_open(text, strlen(text), &options, license, NULL);
}

static void test_claims(const mortise_license* license) {
    char buffer[64];
    size_t needed = 0;
    EXPECT(mortise_license_text(license, "sub", buffer, sizeof buffer, &needed) == MORTISE_LICENSE_OK);
    EXPECT(strcmp(buffer, "Customer GmbH") == 0 && needed == 14);
    EXPECT(mortise_license_text(license, "sub", buffer, 13, &needed) == MORTISE_LICENSE_BUFFER_TOO_SMALL);
    EXPECT(mortise_license_text(license, "sub", NULL, 0, &needed) == MORTISE_LICENSE_BUFFER_TOO_SMALL);
    EXPECT(mortise_license_text(license, "nonsense", buffer, 64, NULL) == MORTISE_LICENSE_ABSENT);
    EXPECT(mortise_license_text(license, "kid", buffer, 64, NULL) == MORTISE_LICENSE_OK);
    EXPECT(strcmp(buffer, VECTOR_KID) == 0);

    int64_t time = 0;
    EXPECT(mortise_license_time(license, "exp", &time) == MORTISE_LICENSE_OK && time == kEnd);
    EXPECT(mortise_license_time(license, "grace_until", &time) == MORTISE_LICENSE_OK && time == kEnd + 86400);
    EXPECT(mortise_license_time(license, "maint_until", &time) == MORTISE_LICENSE_OK && time == kMaintained);
    EXPECT(mortise_license_time(license, "refresh_by", &time) == MORTISE_LICENSE_ABSENT);

    EXPECT(mortise_license_has_feature(license, "sso") == 1);
    EXPECT(mortise_license_has_feature(license, "ssO") == 0);
    uint64_t value = 0;
    EXPECT(mortise_license_limit(license, "users", NULL, &value) == MORTISE_LICENSE_OK && value == 50);
    EXPECT(mortise_license_limit(license, "api", "acme", &value) == MORTISE_LICENSE_OK && value == 40);
    EXPECT(mortise_license_limit(license, "api", "other", &value) == MORTISE_LICENSE_OK && value == 10);
    EXPECT(mortise_license_limit(license, "nodes", NULL, &value) == MORTISE_LICENSE_ABSENT);
}

static void test_states(const mortise_license* license) {
    const char* reason = NULL;
    EXPECT(mortise_license_state_at(license, kIssued - 1, NULL) == MORTISE_LICENSE_NOT_YET_VALID);
    EXPECT(mortise_license_state_at(license, kIssued, &reason) == MORTISE_LICENSE_VALID);
    EXPECT(strcmp(reason, "") == 0);
    EXPECT(mortise_license_state_at(license, kEnd - 1, NULL) == MORTISE_LICENSE_VALID);
    EXPECT(mortise_license_state_at(license, kEnd, NULL) == MORTISE_LICENSE_GRACE);
    EXPECT(mortise_license_state_at(license, kEnd + 86400, &reason) == MORTISE_LICENSE_LIMITED);
    EXPECT(strcmp(reason, "ended") == 0);

    EXPECT(mortise_license_plugin_access(license, "milestones", NULL, kIssued) == MORTISE_LICENSE_FULL);
    EXPECT(mortise_license_plugin_access(license, "milestones", NULL, kEnd + 86400) == MORTISE_LICENSE_READ);
    EXPECT(mortise_license_plugin_access(license, "rules", "1.9.9", kRulesEnd - 1) == MORTISE_LICENSE_FULL);
    EXPECT(mortise_license_plugin_access(license, "rules", "1.9.9", kRulesEnd) == MORTISE_LICENSE_READ);
    EXPECT(mortise_license_plugin_access(license, "rules", "2.0.0", kIssued) == MORTISE_LICENSE_NO_ACCESS);
    EXPECT(mortise_license_plugin_access(license, "rules", "1.1.9", kIssued) == MORTISE_LICENSE_NO_ACCESS);
    EXPECT(mortise_license_plugin_access(license, "others", NULL, kIssued) == MORTISE_LICENSE_NO_ACCESS);
}

static void test_refusals(char* bundle) {
    mortise_license* license = NULL;
    EXPECT(open_at(bundle, kIssued - 1, &license) == MORTISE_LICENSE_ISSUED_IN_FUTURE && license == NULL);
    EXPECT(open_at("", kIssued, &license) == MORTISE_LICENSE_NO_KEYSET);
    EXPECT(open_at(kVectorLicense, kIssued, &license) == MORTISE_LICENSE_NO_KEYSET);

    const char* const strangers[] = {"k4.public.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    mortise_license_options options = options_at(kIssued);
    mortise_license_error error;
    options.roots = strangers;
    EXPECT(mortise_license_open(bundle, strlen(bundle), &options, &license, &error) ==
           MORTISE_LICENSE_UNKNOWN_ROOT);
    EXPECT(error.code == MORTISE_LICENSE_UNKNOWN_ROOT && strlen(error.detail) > 0);
    EXPECT(strcmp(mortise_license_code_name(error.code), "unknown_root") == 0);

    char* licence = strstr(bundle, "license: ");
    EXPECT(licence != NULL);
    if (licence != NULL) {
        licence[40] = licence[40] == 'A' ? 'B' : 'A';
        EXPECT(open_at(bundle, kIssued, &license) == MORTISE_LICENSE_BAD_SIGNATURE);
    }
}

static void test_misuse(const char* bundle) {
    mortise_license* license = NULL;
    mortise_license_options options = options_at(kIssued);
    const size_t size = strlen(bundle);
    EXPECT(mortise_license_open(NULL, 0, &options, &license, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    EXPECT(mortise_license_open(bundle, size, NULL, &license, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    EXPECT(mortise_license_open(bundle, size, &options, NULL, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    options.size = 1;
    EXPECT(mortise_license_open(bundle, size, &options, &license, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    const char* const nothing[] = {NULL};
    options = options_at(kIssued);
    options.roots = nothing;
    EXPECT(mortise_license_open(bundle, size, &options, &license, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    options.root_count = 0;
    EXPECT(mortise_license_open(bundle, size, &options, &license, NULL) == MORTISE_LICENSE_INVALID_ARGUMENT);
    mortise_license_close(NULL);
    EXPECT(mortise_license_state_at(NULL, kIssued, NULL) == -1);
    EXPECT(mortise_license_has_feature(NULL, "sso") == 0);
    EXPECT(strcmp(mortise_license_code_name(9999), "refused") == 0);
}

int main(void) {
    char* bundle = text_of(NULL);
    mortise_license* license = NULL;
    EXPECT(open_at(bundle, kIssued, &license) == MORTISE_LICENSE_OK && license != NULL);
    if (license != NULL) {
        test_claims(license);
        test_states(license);
        mortise_license_close(license);
    }

    /* A bare licence with its keyset, and a list that revokes it. */
    mortise_license_options options = options_at(kIssued);
    options.keyset = kVectorKeyset;
    options.keyset_size = strlen(kVectorKeyset);
    EXPECT(mortise_license_open(kVectorLicense, strlen(kVectorLicense), &options, &license, NULL) ==
           MORTISE_LICENSE_OK);
    mortise_license_close(license);
    char* revoked = text_of(kVectorRevocations);
    const char* reason = NULL;
    EXPECT(open_at(revoked, kRulesEnd, &license) == MORTISE_LICENSE_OK);
    EXPECT(mortise_license_state_at(license, kRulesEnd, &reason) == MORTISE_LICENSE_LIMITED);
    EXPECT(reason != NULL && strcmp(reason, "revoked") == 0);
    mortise_license_close(license);

    test_misuse(bundle);
    test_refusals(bundle);
    free(bundle);
    free(revoked);
    if (failures > 0) fprintf(stderr, "%d failed\n", failures);
    return failures == 0 ? 0 : 1;
}
