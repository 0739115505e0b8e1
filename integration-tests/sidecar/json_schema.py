"""As much of JSON Schema 2020-12 as the sidecar's OpenAPI document uses; an unknown keyword is an error."""

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}
ANNOTATIONS = {"description"}


class Schemas:
    """Schemas of one document; `complaints` names what is wrong with a value."""

    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            target = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        return schema

    def complaints(self, schema, value, path="body"):
        schema = self.resolve(schema)
        for keyword, argument in schema.items():
            if keyword in ANNOTATIONS or keyword == "additionalProperties":
                continue
            check = getattr(self, "check_" + keyword, None)
            assert check, f"{path}: this validator does not know {keyword}"
            yield from check(argument, value, path, schema)

    def fits(self, schema, value):
        return not list(self.complaints(schema, value))

    def check_type(self, kinds, value, path, _):
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not any(TYPES[kind](value) for kind in kinds):
            yield f"{path} is not {' or '.join(kinds)}: {value!r}"

    def check_enum(self, choices, value, path, _):
        if not any(choice == value and type(choice) is type(value) for choice in choices):
            yield f"{path} is none of {choices}: {value!r}"

    def check_const(self, constant, value, path, _):
        if value != constant:
            yield f"{path} is not {constant!r}: {value!r}"

    def check_minimum(self, least, value, path, _):
        if TYPES["number"](value) and value < least:
            yield f"{path} is below {least}: {value}"

    def check_maximum(self, most, value, path, _):
        if TYPES["number"](value) and value > most:
            yield f"{path} is above {most}: {value}"

    def check_minLength(self, least, value, path, _):
        if isinstance(value, str) and len(value) < least:
            yield f"{path} is too short"

    def check_minItems(self, least, value, path, _):
        if isinstance(value, list) and len(value) < least:
            yield f"{path} has too few members"

    def check_anyOf(self, choices, value, path, _):
        if not any(self.fits(choice, value) for choice in choices):
            yield f"{path} fits none of the choices: {value!r}"

    def check_items(self, items, value, path, _):
        for index, member in enumerate(value if isinstance(value, list) else []):
            yield from self.complaints(items, member, f"{path}[{index}]")

    def check_required(self, names, value, path, _):
        for name in names:
            if isinstance(value, dict) and name not in value:
                yield f"{path}.{name} is missing"

    def check_properties(self, properties, value, path, schema):
        for name, member in (value if isinstance(value, dict) else {}).items():
            if name in properties:
                yield from self.complaints(properties[name], member, f"{path}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{path}.{name} is not documented"
