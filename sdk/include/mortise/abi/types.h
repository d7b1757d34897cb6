/*
 * The Mortise plugin ABI: types. C11.
 *
 * The rules of this border, for every header beside this one:
 *
 *  - Nothing crosses but fixed-width integers, doubles, pointers with a length, and 64-bit handles. What is
 *    passed in lives until the function returns; whoever wants it longer copies it.
 *  - Each side frees its own memory. Results of unknown length go through a sink of the caller's.
 *  - Every struct starts with its size in bytes, set by whoever makes it. A reader looks only at members that
 *    lie inside that size, so structs can grow at their end.
 *  - Text is UTF-8, without a terminating NUL. An empty text may have a null pointer.
 *  - Functions answer MORTISE_OK or a negative mortise_status. After a failure the outputs hold nothing
 *    unless the function's comment says otherwise.
 *  - No exception and no longjmp crosses, in either direction.
 *  - A released slot of a struct never changes its meaning and is never removed. What breaks this rule is a
 * new MORTISE_ABI_MAJOR, and hosts refuse plugins of another major version.
 */
#ifndef MORTISE_ABI_TYPES_H
#define MORTISE_ABI_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORTISE_ABI_MAJOR 1u
#define MORTISE_ABI_MINOR 1u

/* The most that one batch of rows or one pushed piece of a body holds; a single row may be larger. */
#define MORTISE_BATCH_BYTES 65536u

/* The most that a method of another plugin is given, and the most that it answers. */
#define MORTISE_PEER_BYTES 16777216u

typedef int32_t mortise_status;

enum {
    MORTISE_OK = 0,
    MORTISE_E_INVALID = -1,   /* an argument is wrong: null, out of range, not UTF-8 */
    MORTISE_E_NOT_FOUND = -2, /* no statement, setting or service of that name */
    MORTISE_E_DENIED = -3,    /* the manifest does not ask for it, or the route only reads */
    MORTISE_E_UNIQUE = -4,    /* a unique or primary key is taken */
    MORTISE_E_FOREIGN_KEY = -5,
    MORTISE_E_CHECK = -6,        /* a CHECK or NOT NULL constraint */
    MORTISE_E_BUSY = -7,         /* busy, deadlock, serialization: return it, the host runs the call again */
    MORTISE_E_TIMEOUT = -8,      /* the call's deadline has passed */
    MORTISE_E_TOO_BIG = -9,      /* beyond a limit of size or count */
    MORTISE_E_UNAVAILABLE = -10, /* the database is full, lost or out of memory */
    MORTISE_E_WRONG_CALL = -11,  /* the handle's call is over, or this service can't be used in it now */
    MORTISE_E_STOPPED = -12,     /* the sink asked to stop */
    MORTISE_E_INTERNAL = -13,    /* a fault of the side that answers */
    MORTISE_E_LIMIT = -14,       /* the licence allows no more of it */
    MORTISE_E_REFUSED = -15      /* another plugin, or the host in its place, answered a problem. Since 1.1 */
};

typedef struct mortise_text {
    const char* data;
    uint64_t size;
} mortise_text;

typedef struct mortise_bytes {
    const uint8_t* data;
    uint64_t size;
} mortise_bytes;

typedef struct mortise_uuid {
    uint8_t bytes[16]; /* RFC 9562, network order; all zero: none */
} mortise_uuid;

typedef struct mortise_pair {
    mortise_text name;
    mortise_text value;
} mortise_pair;

/* A call in progress: a request, later also a job or an event's delivery. Given by the host to the plugin's
 * `call`, and dead when that returns. Services take it instead of a tenant's id. Zero is never a call. */
typedef uint64_t mortise_call;

enum {
    MORTISE_VALUE_NULL = 0,
    MORTISE_VALUE_INT = 1,   /* as.integer; also microseconds since 1970 in UTC */
    MORTISE_VALUE_REAL = 2,  /* as.real */
    MORTISE_VALUE_TEXT = 3,  /* as.bytes, UTF-8 */
    MORTISE_VALUE_BYTES = 4, /* as.bytes */
    MORTISE_VALUE_UUID = 5,  /* as.bytes, 16 of them */
    MORTISE_VALUE_BOOL = 6   /* as.integer, 0 or 1 */
};

typedef struct mortise_value {
    uint32_t type;
    uint32_t reserved; /* 0 */
    union {
        int64_t integer;
        double real;
        mortise_bytes bytes;
    } as;
} mortise_value;

/* Takes pieces of a result, on the thread that called, before the called function returns. Answers
 * MORTISE_OK, or MORTISE_E_STOPPED to have no more. */
typedef struct mortise_sink {
    void* context;
    mortise_status (*push)(void* context, const uint8_t* data, uint64_t size);
} mortise_sink;

#ifdef __cplusplus
}
#endif

#endif
