/* Memory that only grows during a call and is empty again after it, which is all that a hook needs. */

#include "tenterhook.h"

#define PAGE 65536

extern unsigned char __heap_base; /* where the linker ends */

static uintptr_t top;

void *memcpy(void *restrict into, const void *restrict from, size_t length) {
    for (size_t i = 0; i < length; i++)
        ((char *)into)[i] = ((const char *)from)[i];
    return into;
}

void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    if (top == 0)
        top = (uintptr_t)&__heap_base;
    uintptr_t at = (top + align - 1) & ~(uintptr_t)(align - 1);
    size_t room = (size_t)__builtin_wasm_memory_size(0) * PAGE;
    if (at < top || size > SIZE_MAX - at)
        __builtin_trap();
    if (at + size > room) {
        size_t pages = (at + size - room + PAGE - 1) / PAGE;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1)
            __builtin_trap(); /* the limit: the call fails as `memory` */
    }
    top = at + size;
    return memcpy((void *)at, old, old_size < size ? old_size : size);
}

void handled(answer_t *answer) {
    (void)answer;
    top = 0;
}
