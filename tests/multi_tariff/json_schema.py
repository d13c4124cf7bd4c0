"""As much of JSON Schema (draft 2020-12) as the tariff's schema uses; any other keyword is refused."""

import re

REMARKS = {"$schema", "$id", "$defs", "title", "description"}
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


class Schema:
    """A schema that tells what is wrong with a document: (path, keyword) for each fault."""

    def __init__(self, root):
        self.root = root

    def resolved(self, schema):
        while "$ref" in schema:
            _, _, name = schema["$ref"].rpartition("/")
            schema = self.root["$defs"][name]
        return schema

    def faults(self, value, schema=None, path=""):
        schema = self.root if schema is None else schema
        for keyword, argument in schema.items():
            if keyword not in REMARKS:
                yield from getattr(self, "_" + keyword.replace("$", ""))(value, argument, schema, path)

    def _ref(self, value, argument, schema, path):
        yield from self.faults(value, self.resolved(schema), path)

    def _type(self, value, argument, schema, path):
        names = [argument] if isinstance(argument, str) else argument
        kinds = [TYPES[name] for name in names]
        if type(value) not in kinds:
            yield path, "type"

    def _required(self, value, argument, schema, path):
        if isinstance(value, dict):
            yield from ((path, f"required {key}") for key in argument if key not in value)

    def _properties(self, value, argument, schema, path):
        if isinstance(value, dict):
            for key in value.keys() & argument.keys():
                yield from self.faults(value[key], argument[key], f"{path}.{key}")

    def _patternProperties(self, value, argument, schema, path):  # noqa: N802 - the keyword
        return ()

    def _additionalProperties(self, value, argument, schema, path):  # noqa: N802 - the keyword
        if not isinstance(value, dict):
            return
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for key in value:
            if key in known or any(re.search(pattern, key) for pattern in patterns):
                continue
            if argument is False:
                yield f"{path}.{key}", "additionalProperties"
            else:
                yield from self.faults(value[key], argument, f"{path}.{key}")

    def _propertyNames(self, value, argument, schema, path):  # noqa: N802 - the keyword
        if isinstance(value, dict):
            for key in value:
                yield from self.faults(key, argument, f"{path}.{key}")

    def _items(self, value, argument, schema, path):
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self.faults(item, argument, f"{path}[{number}]")

    def _enum(self, value, argument, schema, path):
        if value not in argument:
            yield path, "enum"

    def _const(self, value, argument, schema, path):
        if value != argument:
            yield path, "const"

    def _pattern(self, value, argument, schema, path):
        if isinstance(value, str) and re.search(argument, value) is None:
            yield path, "pattern"

    def _anyOf(self, value, argument, schema, path):  # noqa: N802 - the keyword
        found = [list(self.faults(value, choice, path)) for choice in argument]
        if all(found):
            yield min(found, key=len)[0]

    def _oneOf(self, value, argument, schema, path):  # noqa: N802 - the keyword
        found = [list(self.faults(value, choice, path)) for choice in argument]
        if [bool(faults) for faults in found].count(False) != 1:
            yield (min(found, key=len) or [(path, "oneOf")])[0]

    @staticmethod
    def _limit(kind, measure, holds):
        """Make the methods below."""

        def judge(self, value, argument, schema, path):
            if type(value) is kind and not holds(measure(value), argument):
                yield path, f"beyond {argument}"

        return judge

    # Named as the keywords are.
    _maxItems, _minItems = _limit(list, len, int.__le__), _limit(list, len, int.__ge__)  # noqa: N815
    _maxProperties, _minProperties = _limit(dict, len, int.__le__), _limit(dict, len, int.__ge__)  # noqa: N815
    _maxLength, _minLength = _limit(str, len, int.__le__), _limit(str, len, int.__ge__)  # noqa: N815
    _maximum, _minimum = _limit(int, int, int.__le__), _limit(int, int, int.__ge__)
