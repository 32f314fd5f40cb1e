/* Refuses more than 16 processors. C has no JSON: it looks for the key where it first stands. */

#include "tenterhook.h"

static answer_t answer;

static bool same(const char *a, const char *b, size_t length) {
    while (length > 0 && *a == *b)
        a++, b++, length--;
    return length == 0;
}

answer_t *handle(const event_t *event) {
    static const char key[] = "\"cpu\":";
    const size_t length = sizeof(key) - 1;
    uint32_t cpu = 0;
    for (size_t at = 0; at + length < event->data.length; at++) {
        if (!same(event->data.at + at, key, length))
            continue;
        for (at += length; at < event->data.length; at++) {
            unsigned digit = (unsigned char)event->data.at[at] - '0';
            if (digit > 9 || cpu > 1000)
                break;
            cpu = cpu * 10 + digit;
        }
        break;
    }
    answer.failed = false;
    answer.verdict.kind = cpu > 16 ? VERDICT_VETO : VERDICT_ACCEPT;
    answer.verdict.veto.code = TEXT("quota.cpu");
    answer.verdict.veto.reason = TEXT("more than 16 CPUs");
    return &answer;
}
