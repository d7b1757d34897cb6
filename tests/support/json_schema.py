"""The part of JSON Schema 2020-12 that /openapi.json uses. A keyword that is not known here is an error."""
import datetime
import re
import uuid

TYPES = {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}
ANNOTATIONS = {"description", "title", "default", "examples", "deprecated"}
KNOWN = ANNOTATIONS | {"type", "enum", "const", "format", "minLength", "maxLength", "pattern", "minimum", "maximum",
                       "items", "minItems", "maxItems", "uniqueItems", "properties", "required", "minProperties",
                       "additionalProperties", "$ref", "anyOf", "oneOf", "allOf"}


def is_of_type(value, name):
    if name == "integer":
        return is_of_type(value, "number") and value == int(value)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != float("inf")
    return isinstance(value, TYPES[name])


def has_format(text, name):
    try:
        if name == "uuid":
            return str(uuid.UUID(text)) == text.lower()
        if name == "date":
            return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and bool(datetime.date.fromisoformat(text))
        if name == "date-time":
            datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True  # the others describe more than they demand


def faults(schema, value, root, at=""):
    """What is wrong with a value, each as "pointer: what"; `root` is the document that a $ref points into."""
    if schema is True or schema == {}:
        return []
    unknown = set(schema) - KNOWN
    assert not unknown, f"json_schema.py does not know {unknown}"
    if "$ref" in schema:
        return faults(resolve(schema, root), value, root, at)
    found = [f"{at}: is {value!r:.100} and not {what}" for what, good in own_checks(schema, value) if not good]
    if found:
        return found
    for every in schema.get("allOf", []):
        found += faults(every, value, root, at)
    for keyword in ("anyOf", "oneOf"):
        ways = [faults(one, value, root, at) for one in schema.get(keyword, [])]
        if ways and all(ways):
            found += ways[0]
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += faults(schema["items"], item, root, f"{at}/{index}")
    if isinstance(value, dict):
        found += member_faults(schema, value, root, at)
    return found


def own_checks(schema, value):
    if "type" in schema:
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        yield f"of type {types}", any(is_of_type(value, name) for name in types)
    if "enum" in schema:
        yield f"one of {schema['enum']}", value in schema["enum"]
    if "const" in schema:
        yield f"{schema['const']!r}", value == schema["const"]
    if isinstance(value, str):
        yield "of that length", schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        yield "as the pattern says", re.search(schema.get("pattern", ""), value) is not None
        yield f"a {schema.get('format')}", has_format(value, schema.get("format"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield "within bounds", schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if isinstance(value, list):
        yield "of that many items", schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
    if isinstance(value, dict):
        yield "of that many members", len(value) >= schema.get("minProperties", 0)
        for name in schema.get("required", []):
            yield f"with {name}", name in value


def member_faults(schema, value, root, at):
    found = []
    others = schema.get("additionalProperties", True)
    for name, member in value.items():
        if name in schema.get("properties", {}):
            found += faults(schema["properties"][name], member, root, f"{at}/{name}")
        elif others is False:
            found.append(f"{at}/{name}: is not expected")
        elif others is not True:
            found += faults(others, member, root, f"{at}/{name}")
    return found


def resolve(schema, root):
    while "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema
