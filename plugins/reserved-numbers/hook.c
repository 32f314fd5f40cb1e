/* Reserved numbers: nobody creates or changes accounts whose number is reserved.
 *
 * The event's subject is the number. One that begins with a prefix of the property `reserved` is refused; one that
 * begins with a prefix of `watched` passes, with `"review": true` in its data and a line in the log. Prefixes are
 * divided by blanks. Without a number nothing can be told, so the hook fails, and its operator's `on_failure`
 * decides. */

#include "tenterhook.h"

static answer_t answer;

static answer_t *accept(void) {
    answer.failed = false;
    answer.verdict.kind = VERDICT_ACCEPT;
    return &answer;
}

static answer_t *amend(text_t patch) {
    answer.failed = false;
    answer.verdict.kind = VERDICT_AMEND;
    answer.verdict.data = patch;
    return &answer;
}

static answer_t *veto(text_t code, text_t reason) {
    answer.failed = false;
    answer.verdict.kind = VERDICT_VETO;
    answer.verdict.veto.code = code;
    answer.verdict.veto.reason = reason;
    return &answer;
}

static answer_t *fail(text_t why) {
    answer.failed = true;
    answer.error = why;
    return &answer;
}

/* The prefix in `list` that `number` begins with; of length 0 where there is none. */
static text_t prefix_of(text_t number, text_t list) {
    const char *end = list.at + list.length;
    for (const char *at = list.at; at < end;) {
        const char *word = at;
        while (at < end && *at != ' ')
            at++;
        size_t length = (size_t)(at - word), same = 0;
        while (same < length && same < number.length && word[same] == number.at[same])
            same++;
        if (length > 0 && same == length)
            return (text_t){word, length};
        at++;
    }
    return (text_t){number.at, 0};
}

static text_t join(text_t a, text_t b, text_t c) {
    char *at = cabi_realloc(0, 0, 1, a.length + b.length + c.length);
    memcpy(at, a.at, a.length);
    memcpy(at + a.length, b.at, b.length);
    memcpy(at + a.length + b.length, c.at, c.length);
    return (text_t){at, a.length + b.length + c.length};
}

/* Reads a property; false where the host cannot tell. One that is not set is an empty text. */
static bool property(text_t key, text_t *value) {
    property_t got;
    config_get(key.at, key.length, &got);
    *value = !got.failed && got.property.some ? got.property.value : TEXT("");
    return !got.failed;
}

answer_t *handle(const event_t *event) {
    text_t reserved, watched;
    if (!property(TEXT("reserved"), &reserved) || !property(TEXT("watched"), &watched))
        return fail(TEXT("the properties cannot be read"));
    if (!event->subject.some)
        return fail(join(event->name, TEXT(" has no subject: whose number it is cannot be told"), TEXT("")));

    text_t number = event->subject.value;
    text_t prefix = prefix_of(number, reserved);
    if (prefix.length > 0)
        return veto(TEXT("number.reserved"), join(number, TEXT(" is reserved: "), prefix));

    if (prefix_of(number, watched).length > 0) {
        text_t line = join(number, TEXT(" is to be reviewed, by "), event->source);
        logging_log(LOG_WARN, "numbers", 7, line.at, line.length);
        return amend(TEXT("{\"review\":true}"));
    }
    return accept();
}
