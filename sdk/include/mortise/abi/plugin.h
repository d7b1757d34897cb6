/*
 * The Mortise plugin ABI: what a plugin gives to the host. C11. The rules of the border stand in types.h.
 *
 * A plugin is a shared library whose only exported symbol is the object `mortise_plugin_entry`. The host
 * reads and verifies the package before it loads the library; nothing of the plugin runs before that.
 */
#ifndef MORTISE_ABI_PLUGIN_H
#define MORTISE_ABI_PLUGIN_H

#include "mortise/abi/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MORTISE_METHOD_GET = 1,
    MORTISE_METHOD_POST = 2,
    MORTISE_METHOD_PUT = 3,
    MORTISE_METHOD_PATCH = 4,
    MORTISE_METHOD_DELETE = 5
};

/* What a call does to the database decides the transaction that the host opens around it. */
enum {
    MORTISE_ACCESS_READ = 1, /* one snapshot; statements that write are denied */
    MORTISE_ACCESS_WRITE = 2 /* one write transaction, committed by the host before it answers */
};

/* Bits of mortise_route.options. */
enum {
    MORTISE_ROUTE_IDEMPOTENCY_KEY = 1u, /* takes an Idempotency-Key; the host keeps and repeats the answer */
    /* Of MORTISE_ACCESS_WRITE, for what seldom writes: the call is made in one snapshot, beside others. When
     * it runs a statement that writes, which is answered MORTISE_E_BUSY, or publishes an event, nothing of it
     * is kept and it is made once more in a write transaction. */
    MORTISE_ROUTE_READS_FIRST = 2u
};

/* One route: a row of data from which come matching, authorisation and the OpenAPI document. Everything it
 * points at lives as long as the library. */
typedef struct mortise_route {
    uint32_t size;
    uint32_t method;      /* MORTISE_METHOD_… */
    uint32_t access;      /* MORTISE_ACCESS_… */
    uint32_t options;     /* MORTISE_ROUTE_… bits */
    mortise_text pattern; /* below /api/v1/<plugin id>: "" or "/{key}/children"; {name} takes one segment */
    mortise_text name;    /* the operation's id, unique in the plugin: [a-z][a-z0-9_]* */
    mortise_text summary; /* one line for people */
    mortise_text scope;   /* what the caller's credential must hold, declared in the manifest */
    mortise_text entitlement;     /* of the licence; empty: none beyond the plugin's */
    mortise_text flag;            /* a feature flag that must be on for the tenant; empty: none */
    mortise_text request_type;    /* media types of the body, split by ", "; empty: the route takes none */
    uint64_t body_limit;          /* bytes; 0: the host's default */
    mortise_text request_schema;  /* JSON Schema of the body, or empty */
    uint32_t success_status;      /* 200, 201, 204 */
    uint32_t reserved;            /* 0 */
    mortise_text response_type;   /* likewise, of the answer; empty: none */
    mortise_text response_schema; /* JSON Schema of the answer, or empty */
    mortise_text parameters;      /* JSON array of OpenAPI 3.1 parameter objects (query, header), or empty */
} mortise_route;

enum {
    MORTISE_PRINCIPAL_ANONYMOUS = 0,
    MORTISE_PRINCIPAL_USER = 1,
    MORTISE_PRINCIPAL_API_KEY = 2,
    MORTISE_PRINCIPAL_SYSTEM = 3
};

/* What was decided about a call before it reached the plugin. Flat: it crosses a process border unchanged. */
typedef struct mortise_context {
    uint32_t size;
    uint32_t principal_kind; /* MORTISE_PRINCIPAL_… */
    mortise_uuid request_id;
    mortise_uuid tenant;
    mortise_uuid principal; /* in whose name */
    mortise_uuid actor;     /* who really acts; equal to principal but for impersonation */
    mortise_text tenant_slug;
    mortise_text plan;
    mortise_text scopes; /* sorted, separated by spaces */
    mortise_text locale; /* BCP 47 */
    mortise_text time_zone;
    mortise_text client_address;
    mortise_text environment;
    mortise_text traceparent; /* W3C trace context */
    mortise_uuid correlation;
    mortise_uuid cause;
    int64_t deadline_us; /* microseconds left when the call began */
    uint64_t generation; /* of the snapshots the call was decided on */
} mortise_context;

typedef struct mortise_request {
    uint32_t size;
    uint32_t route; /* index into mortise_plugin_entry.routes */
    const mortise_context* context;
    const mortise_pair* path; /* the pattern's parameters, percent-decoded */
    uint64_t path_count;
    const mortise_pair* query; /* percent-decoded, in the order of the target; names may repeat */
    uint64_t query_count;
    const mortise_pair* headers; /* names in lower case; without Authorization, Cookie and X-API-Key */
    uint64_t header_count;
    uint64_t body_size; /* bytes; read by mortise.http/1 */
} mortise_request;

/* A method of an interface that other plugins may call, as the manifest lists under `provides`. Everything it
 * points at lives as long as the library. Since 1.1. */
typedef struct mortise_method {
    uint32_t size;
    uint32_t access;        /* MORTISE_ACCESS_…: of MORTISE_ACCESS_READ, statements that write are denied */
    mortise_text interface; /* "<plugin id>.<name>/<revision>", such as "rules.decisions/1" */
    mortise_text name;      /* [a-z][a-z0-9_]*, unique in the interface */
} mortise_method;

/* A call of a method by another plugin. It shares the unit of work of that plugin's call. Since 1.1. */
typedef struct mortise_method_call {
    uint32_t size;
    uint32_t method;                /* index into mortise_plugin_entry.methods */
    const mortise_context* context; /* of the caller's call, with the time that is left of it */
    mortise_text caller;            /* the id of the plugin that calls */
    uint64_t input_size;            /* bytes; read by mortise.http/1 */
} mortise_method_call;

typedef struct mortise_host mortise_host;

struct mortise_host {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved; /* 0 */
    /* The function table of a service ("mortise.sql/1"), or null: unknown to this host, or not asked for in
     * the manifest. Any thread, from start on until stop returns; the table lives as long. */
    const void* (*service)(const mortise_host* self, mortise_text id);
};

typedef struct mortise_plugin_entry_v1 {
    uint32_t size;
    uint32_t abi_major; /* MORTISE_ABI_MAJOR that it was built with */
    uint32_t abi_minor;
    uint32_t route_count;
    mortise_text id;      /* equal to the manifest's */
    mortise_text version; /* equal to the manifest's */
    const mortise_route* routes;

    /* Makes an instance. Called once, on one thread, before any call. `host` lives until stop returns. On
     * failure *instance is not read and stop is not called. */
    mortise_status (*start)(const mortise_host* host, void** instance);

    /* Serves one call, and answers it through mortise.http/1 before it returns. In-process: on several
     * threads at once; in a worker: one at a time. A status other than MORTISE_OK rolls the unit of work
     * back; MORTISE_E_BUSY asks the host to run the call again from the start. */
    mortise_status (*call)(void* instance, mortise_call call, const mortise_request* request);

    /* Ends the instance. Called once, on one thread, after the last call has returned. */
    void (*stop)(void* instance);

    /* Since 1.1; an entry that ends before provides nothing to other plugins. */
    uint32_t method_count;
    uint32_t methods_reserved; /* 0 */
    const mortise_method* methods;

    /* Serves one call of a method, on the same threads and with the same services as `call`, which may run at
     * the same time. Answered through mortise.http/1 before it returns: respond with a status of 200 to 299
     * and no headers, and at most MORTISE_PEER_BYTES by write; or fail. Other statuses than MORTISE_OK mean
     * the same as of `call`. Null if there are no methods. */
    mortise_status (*serve)(void* instance, mortise_call call, const mortise_method_call* request);
} mortise_plugin_entry_v1;

/* The one symbol. Hidden visibility and a version script keep every other symbol inside. */
extern __attribute__((visibility("default"))) const mortise_plugin_entry_v1 mortise_plugin_entry;

#ifdef __cplusplus
}
#endif

#endif
