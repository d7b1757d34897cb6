/*
 * The Mortise plugin ABI: what the host gives to a plugin. C11. The rules of the border stand in types.h.
 *
 * A service is looked up once, at start, by its id with a revision; null means unsupported. Every function
 * takes its own table first. Unless said otherwise a function may be called on the thread that runs `call`,
 * with that call's handle, until `call` returns; elsewhere it answers MORTISE_E_WRONG_CALL.
 */
#ifndef MORTISE_ABI_SERVICES_H
#define MORTISE_ABI_SERVICES_H

#include "mortise/abi/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- mortise.http/1: the body of the request, and the answer. Always there. ---- */
#define MORTISE_HTTP_1 "mortise.http/1"

/* An error as RFC 9457 sees it. The host adds type, title and the request's id. */
typedef struct mortise_problem {
    uint32_t size;
    uint32_t status;         /* 400 to 599 */
    mortise_text code;       /* stable, snake_case, at most 64 bytes */
    mortise_text detail;     /* for the client: what is wrong and what to do */
    mortise_text errors;     /* JSON array of {"pointer", "code", "detail"}, or empty */
    mortise_text extensions; /* JSON object of further members, or empty */
} mortise_problem;

typedef struct mortise_http_1 {
    uint32_t size;
    uint32_t reserved;
    /* Reads the next piece of the body: at most `capacity` bytes into `buffer`. *read == 0: the end. */
    mortise_status (*read_body)(const struct mortise_http_1* self, mortise_call call, uint8_t* buffer,
                                uint64_t capacity, uint64_t* read);
    /* Begins the answer. Once a call; header names other than Content-Length, Connection, Transfer-Encoding,
     * Date and Set-Cookie. A status of 400 and more rolls the unit of work back. */
    mortise_status (*respond)(const struct mortise_http_1* self, mortise_call call, uint32_t status,
                              const mortise_pair* headers, uint64_t header_count);
    /* Appends to the answer's body, after respond. Pieces of at most MORTISE_BATCH_BYTES, larger ones are
     * MORTISE_E_TOO_BIG; so is what would make the body larger than 64 MiB. */
    mortise_status (*write)(const struct mortise_http_1* self, mortise_call call, const uint8_t* data,
                            uint64_t size);
    /* Answers with a problem instead of respond; what was answered before is dropped. */
    mortise_status (*fail)(const struct mortise_http_1* self, mortise_call call,
                           const mortise_problem* problem);
} mortise_http_1;

/* ---- mortise.log/1 ---- */
#define MORTISE_LOG_1 "mortise.log/1"

enum { MORTISE_LOG_DEBUG = 0, MORTISE_LOG_INFO = 1, MORTISE_LOG_WARN = 2, MORTISE_LOG_ERROR = 3 };

typedef struct mortise_log_1 {
    uint32_t size;
    uint32_t reserved;
    /* Writes one line; plugin, tenant and request are added by the host. Any thread; call 0: outside of a
     * call. */
    void (*write)(const struct mortise_log_1* self, mortise_call call, uint32_t level, mortise_text message,
                  const mortise_pair* fields, uint64_t field_count);
} mortise_log_1;

/* ---- mortise.clock/1 ---- */
#define MORTISE_CLOCK_1 "mortise.clock/1"

typedef struct mortise_clock_1 {
    uint32_t size;
    uint32_t reserved;
    /* Microseconds since 1970 in UTC. Any thread, without a call. */
    int64_t (*now)(const struct mortise_clock_1* self);
} mortise_clock_1;

/* ---- mortise.ids/1 ---- */
#define MORTISE_IDS_1 "mortise.ids/1"

typedef struct mortise_ids_1 {
    uint32_t size;
    uint32_t reserved;
    /* A new UUID of version 7: later ones sort behind earlier ones. Any thread, without a call. */
    mortise_uuid (*uuid7)(const struct mortise_ids_1* self);
} mortise_ids_1;

/* ---- mortise.settings/1 ---- */
#define MORTISE_SETTINGS_1 "mortise.settings/1"

typedef struct mortise_settings_1 {
    uint32_t size;
    uint32_t reserved;
    /* The plugin's settings for the call's tenant, as one JSON object, checked against the manifest. A sink
     * that stops is no failure. */
    mortise_status (*get)(const struct mortise_settings_1* self, mortise_call call, const mortise_sink* sink);
} mortise_settings_1;

/* ---- mortise.sql/1: named statements of the package, in the call's unit of work ---- */
#define MORTISE_SQL_1 "mortise.sql/1"

typedef struct mortise_sql_1 {
    uint32_t size;
    uint32_t reserved;
    /* Runs the statement sql/<engine>/queries/<name>.sql with values in the order of its @param lines. Result
     * rows go to `sink` (null if there are none) as flat batches; *changed (may be null) gets the number of
     * rows changed. A sink that stops is no failure; what else it answers is answered. After any other
     * failure than that, E_INVALID and E_NOT_FOUND the unit of work can only roll back: return from the call.
     * The sink may use no service that answers through a sink, reads the body, or asks for the licence or a
     * flag (MORTISE_E_WRONG_CALL).
     *
     * A batch is rows one after the other, each its columns in the order of the @column lines: one byte of
     * MORTISE_VALUE_…, then nothing (null), 8 bytes little-endian (integer, real), 1 byte (bool), 16 bytes
     * (uuid), or 4 bytes of length, little-endian, and the bytes (text, bytes). A row is never split. */
    mortise_status (*run)(const struct mortise_sql_1* self, mortise_call call, mortise_text name,
                          const mortise_value* values, uint64_t value_count, const mortise_sink* sink,
                          int64_t* changed);
} mortise_sql_1;

/* ---- mortise.events/1: the outbox ---- */
#define MORTISE_EVENTS_1 "mortise.events/1"

typedef struct mortise_event {
    uint32_t size;
    uint32_t reserved;
    mortise_text
        type; /* "<thing>.<past tense>", listed in the manifest; the host puts mortise.<plugin>. before */
    mortise_text subject; /* which thing: its key or id */
    mortise_text data;    /* one JSON object, at most 64 deep, without NUL */
} mortise_event;

typedef struct mortise_events_1 {
    uint32_t size;
    uint32_t reserved;
    /* Adds an event to the call's unit of work: it is published if, and only if, that is committed. */
    mortise_status (*publish)(const struct mortise_events_1* self, mortise_call call,
                              const mortise_event* event);
} mortise_events_1;

/* ---- mortise.license/1: what the installed licence allows ---- */
#define MORTISE_LICENSE_1 "mortise.license/1"

/* What is allowed of something that is counted. */
typedef struct mortise_limit {
    uint32_t size; /* set by the caller */
    uint32_t soft; /* 1: what goes beyond `most` is counted and not refused */
    uint64_t most; /* in the call's tenant */
} mortise_limit;

typedef struct mortise_license_1 {
    uint32_t size;
    uint32_t reserved;
    /* *entitled is 1 if the licence includes the feature, else 0. As of the beginning of the call. In the
     * host's own process it takes no lock and allocates nothing. */
    mortise_status (*entitled)(const struct mortise_license_1* self, mortise_call call, mortise_text feature,
                               uint32_t* entitled);
    /* What the licence allows of `name`, such as "users" or "<plugin>.<meter>". MORTISE_E_NOT_FOUND: nothing
     * limits it. */
    mortise_status (*limit)(const struct mortise_license_1* self, mortise_call call, mortise_text name,
                            mortise_limit* limit);
    /* Counts `amount`, at least 1, on a meter that the manifest lists ("renderings", which licences and
     * reports call "<plugin>.renderings"), for the call's tenant. MORTISE_E_LIMIT: the licence allows no
     * more, and nothing is counted; MORTISE_E_DENIED: the manifest does not list it. Counted at once; a call
     * that fails gives back what it counted. May wait for the database. */
    mortise_status (*count)(const struct mortise_license_1* self, mortise_call call, mortise_text meter,
                            uint64_t amount);
} mortise_license_1;

/* ---- mortise.flags/1: feature flags ---- */
#define MORTISE_FLAGS_1 "mortise.flags/1"

/* Types of values. */
enum {
    MORTISE_FLAG_NONE = 0,    /* no value: the caller's own default applies */
    MORTISE_FLAG_BOOLEAN = 1, /* integer is 0 or 1 */
    MORTISE_FLAG_TEXT = 2,    /* text */
    MORTISE_FLAG_INTEGER = 3, /* integer, and number */
    MORTISE_FLAG_NUMBER = 4,  /* number */
    MORTISE_FLAG_JSON = 5     /* text: any value, as JSON */
};

/* OpenFeature's reasons; later ones may follow. */
enum {
    MORTISE_FLAG_STATIC = 1,
    MORTISE_FLAG_TARGETING_MATCH = 2,
    MORTISE_FLAG_DEFAULT = 3,
    MORTISE_FLAG_DISABLED = 4, /* no value */
    MORTISE_FLAG_ERROR = 5     /* no value */
};

/* OpenFeature's error codes; later ones may follow. */
enum {
    MORTISE_FLAG_E_NONE = 0,
    MORTISE_FLAG_E_NOT_FOUND = 1,     /* no such flag for this tenant */
    MORTISE_FLAG_E_PARSE = 2,         /* its rule can't be compiled */
    MORTISE_FLAG_E_TYPE_MISMATCH = 3, /* its value is of another type than was asked for */
    MORTISE_FLAG_E_GENERAL = 4,       /* its rule failed */
    MORTISE_FLAG_E_TARGETING_KEY = 5  /* it goes to a share of the users, and no targeting key was given */
};

/* An attribute's value that is JSON: as.bytes, the text of any value. Beside MORTISE_VALUE_NULL, _INT, _REAL,
 * _BOOL and _TEXT. */
enum { MORTISE_FLAG_VALUE_JSON = 64 };

typedef struct mortise_flag_attribute {
    mortise_text name;
    mortise_value value;
} mortise_flag_attribute;

/* Bits of mortise_flag_context.options. */
enum {
    MORTISE_FLAG_TARGET = 1u /* targeting_key counts, also an empty one; else the id of the call's principal
                                is taken, as text, and none of an anonymous one */
};

/* For whom a flag is evaluated, beside the tenant and the plan, which are the call's. */
typedef struct mortise_flag_context {
    uint32_t size;
    uint32_t options;
    mortise_text targeting_key;               /* at most 1,024 bytes */
    const mortise_flag_attribute* attributes; /* in any order, each name once */
    uint64_t attribute_count;                 /* at most 64; all together at most 64 KiB */
} mortise_flag_context;

/* What a flag gives. Lives while it is shown. */
typedef struct mortise_flag_value {
    uint32_t size;
    uint32_t type;   /* MORTISE_FLAG_…, the one that was asked for, or MORTISE_FLAG_NONE */
    uint32_t reason; /* MORTISE_FLAG_STATIC … */
    uint32_t error;  /* MORTISE_FLAG_E_… */
    int64_t integer;
    double number;
    mortise_text text;
    mortise_text variant; /* empty: none */
    mortise_text detail;  /* of an error: a sentence for developers; else empty */
} mortise_flag_value;

/* Is shown the value once, on the thread that asked, before the function returns. It may use no service that
 * answers through a sink, reads the body, or asks for the licence or a flag. */
typedef struct mortise_flag_sink {
    void* context;
    void (*take)(void* context, const mortise_flag_value* value);
} mortise_flag_sink;

struct mortise_context; /* plugin.h */

/* Is told that what the call's tenant gets of the flag `key` may be another than at its last call. It may use
 * services with `call`. */
typedef struct mortise_flag_watcher {
    void* context;
    void (*changed)(void* context, mortise_call call, const struct mortise_context* about, mortise_text key);
} mortise_flag_watcher;

typedef struct mortise_flags_1 {
    uint32_t size;
    uint32_t reserved;
    /* Evaluates a flag that the manifest lists (else MORTISE_E_DENIED) and shows the sink its value as
     * `type`. `context` may be null: the call's principal without attributes. What is wrong with the flag is
     * no failure: the sink is shown MORTISE_FLAG_NONE and the error. All questions of a call see the flags of
     * one moment. In the host's own process it takes no lock, and allocates nothing but for JSON attributes,
     * escaped texts and rules that make large values. MORTISE_E_INVALID, MORTISE_E_TOO_BIG: the context. */
    mortise_status (*evaluate)(const struct mortise_flags_1* self, mortise_call call, mortise_text key,
                               uint32_t type, const mortise_flag_context* context,
                               const mortise_flag_sink* sink);
    /* Sets who is told of changes, for each key that the manifest lists by name. During start, once; later,
     * or again, MORTISE_E_WRONG_CALL. Told before the call of a tenant that is the first to see the change,
     * on that call's thread, and in every instance of the plugin, never twice at once; also without need,
     * such as before a tenant's first call. */
    mortise_status (*watch)(const struct mortise_flags_1* self, const mortise_flag_watcher* watcher);
} mortise_flags_1;

/* ---- mortise.peers/1: methods that other plugins provide. Since 1.1; a draft, which may still change ----
 */
#define MORTISE_PEERS_1 "mortise.peers/1"

/* Takes what another plugin answers, on the thread that called, before the called function returns. It may
 * use no service that answers through a sink, reads the body, or asks for the licence or a flag. */
typedef struct mortise_peer_sink {
    uint32_t size;
    uint32_t reserved; /* 0 */
    void* context;
    /* A piece of the answer, at most MORTISE_BATCH_BYTES. Answers MORTISE_OK, or MORTISE_E_STOPPED to have no
     * more. */
    mortise_status (*push)(void* context, const uint8_t* data, uint64_t size);
    /* The problem that was answered instead; it lives while it is shown. */
    void (*refuse)(void* context, const mortise_problem* problem);
} mortise_peer_sink;

typedef struct mortise_peers_1 {
    uint32_t size;
    uint32_t reserved;
    /* Runs a method of an interface that another plugin provides, with at most MORTISE_PEER_BYTES of input,
     * in this call's unit of work, and for whom and until when this call is. The interface must be listed in
     * the manifest under `calls`.
     *
     * MORTISE_OK: the answer went to the sink; a sink that stops is no failure. MORTISE_E_REFUSED: a problem
     * went to the sink, the other plugin's own or one of the host's: 501 peer_not_provided, 403 license_…,
     * 404 plugin_not_enabled (in the call's tenant), 508 peer_cycle (that plugin waits for this call), 508
     * peer_too_deep, 503 plugin_unavailable, 500 plugin_failed. MORTISE_E_DENIED: the manifest does not list
     * the interface, or the method writes and this call only reads. MORTISE_E_TOO_BIG: the input, or the
     * events of the unit. MORTISE_E_BUSY: return it, the host runs the call again. MORTISE_E_TIMEOUT: the
     * call's time is over.
     *
     * After a failure of a method that had written something, or published events beyond the limit, the unit
     * of work can only roll back, whatever this call answers. */
    mortise_status (*call)(const struct mortise_peers_1* self, mortise_call call, mortise_text interface,
                           mortise_text method, mortise_bytes input, const mortise_peer_sink* sink);
} mortise_peers_1;

#ifdef __cplusplus
}
#endif

#endif
