"""The shape of a method's answer as `help METHOD` documents it, and whether an answer has it. The grammar stands in daemon/rpc/signature.h."""

import re

PLAIN = {"hash": str, "text": str, "integer": int, "true": bool}


def result_section(help_text):
    """What stands below "Result", in one line, without the remarks."""
    lines = help_text.split("\nResult\n")[1].split("\n\nExample\n")[0].splitlines()
    return " ".join(line.strip() for line in lines).split(";")[0].strip()


def split_fields(text):
    """The parts between the commas that stand in no bracket."""
    fields, depth, start = [], 0, 0
    for at, c in enumerate(text):
        depth += (c in "{[") - (c in "}]")
        if c == "," and depth == 0:
            fields.append(text[start:at].strip())
            start = at + 1
    return fields + [text[start:].strip()]


def mismatch(answer, shape, help_of, where="answer"):
    """Why the answer has not the shape; empty where it has. `help_of(method)` is the text of its help."""
    if shape.startswith("["):
        element = re.sub(r"\s*\.\.\.$", "", shape[1:-1].strip())
        if not shape.endswith("]") or not isinstance(answer, list):
            return f"{where} is no list like {shape}: {str(answer)[:100]}"
        return next((why for why in (mismatch(a, element, help_of, where + "[]") for a in answer) if why), "")
    if not shape.startswith("{"):
        if where == "answer" and shape not in PLAIN:
            return f"the documented shape {shape!r} is none"
        return "" if shape not in PLAIN or isinstance(answer, (PLAIN[shape], type(None))) else f"{where} is no {shape}: {str(answer)[:100]}"
    if not shape.endswith("}") or not isinstance(answer, dict):
        return f"{where} is no object like {shape}: {str(answer)[:100]}"
    expected = {}
    for field in split_fields(shape[1:-1]):
        if field.startswith("... of "):
            for inherited in split_fields(result_section(help_of(field[len("... of "):]))[1:-1]):
                name, _, inner = inherited.partition(":")
                expected[name.strip()] = inner.strip()
        else:
            name, _, inner = field.partition(":")
            expected[name.strip()] = inner.strip()
    if set(answer) != set(expected):
        return f"{where}: missing {sorted(set(expected) - set(answer))}, not documented {sorted(set(answer) - set(expected))}"
    for name, inner in expected.items():
        if inner[:1] in ("{", "[") and answer[name] is not None:
            why = mismatch(answer[name], inner, help_of, f"{where}.{name}")
            if why:
                return why
    return ""
