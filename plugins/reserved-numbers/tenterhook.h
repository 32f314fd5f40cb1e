/* The contract tenterhook:hook@0.1.0 in C, as the component model lays it out in memory: what a hook exports, and of
 * what it may import the properties and the log. Published records never change, so neither does this file. */
#ifndef TENTERHOOK_H
#define TENTERHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text: UTF-8, not ended by a zero. */
typedef struct {
    const char *at;
    size_t length;
} text_t;

#define TEXT(literal) ((text_t){literal, sizeof(literal) - 1})

typedef struct {
    text_t name, value;
} pair_t;

typedef struct {
    pair_t *at;
    size_t length;
} pairs_t;

enum { MODE_ASK, MODE_TELL };

/* types.event */
typedef struct {
    text_t id, name;
    uint8_t mode;
    text_t time, source;
    struct {
        bool some;
        text_t value;
    } subject;
    pairs_t facets, attributes;
    uint32_t attempt;
    text_t data; /* one JSON text */
} event_t;

enum { VERDICT_ACCEPT, VERDICT_AMEND, VERDICT_REPLACE, VERDICT_VETO };

/* result<types.verdict, string> */
typedef struct {
    bool failed;
    union {
        text_t error;
        struct {
            uint8_t kind;
            union {
                text_t data; /* of AMEND a merge patch, of REPLACE the whole data */
                struct {
                    text_t code, reason;
                } veto;
            };
        } verdict;
    };
} answer_t;

/* result<option<string>, wasi:config/store.error> */
typedef struct {
    bool failed;
    union {
        struct {
            bool some;
            text_t value;
        } property;
        struct {
            uint8_t kind;
            text_t message;
        } error;
    };
} property_t;

enum { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_CRITICAL };

#define IMPORT(module, function) __attribute__((import_module(module), import_name(function)))
#define EXPORT(name) __attribute__((export_name(name)))

IMPORT("wasi:config/store@0.2.0-rc.1", "get")
void config_get(const char *key, size_t length, property_t *into);

IMPORT("wasi:logging/logging@0.1.0-draft", "log")
void logging_log(int32_t level, const char *context, size_t context_length, const char *text, size_t length);

/* A hook defines this; the answer and what it points to must outlive the call. */
EXPORT("tenterhook:hook/handler@0.1.0#handle")
answer_t *handle(const event_t *event);

/* The host writes an event and what it answers into memory that this hands out (memory.c). */
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size);

/* The one function of the C library that compilers call by themselves (memory.c). */
void *memcpy(void *restrict into, const void *restrict from, size_t length);

/* Everything that was handed out may be used anew: the host has read the answer. */
EXPORT("cabi_post_tenterhook:hook/handler@0.1.0#handle")
void handled(answer_t *answer);

#endif
