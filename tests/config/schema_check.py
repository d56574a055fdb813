#!/usr/bin/env python3
"""The JSON Schema of `hinomi config schema` against real files: it is a schema of draft 2020-12, every good file and every example
fits it, and files with the faults that a schema can see do not.

    HINOMI_EXECUTABLE=build/dev/hinomi schema_check.py
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Faults of shape; what needs knowledge of other places (an undeclared service, a loosened limit) is the parser's to see.
SHAPE = ["unknown_key", "unknown_key_far", "mode", "watch_every_without_unit", "tenant_without_name", "tenant_language", "metrics_per_watch",
         "relay_password_literal", "heartbeat_out", "control_group", "asset_kind", "watch_class_misspelt", "asset_kinds",
         "webhook_without_secret", "maintenance_incomplete", "hours_day", "relay_rate", "controls", "limit_without_value", "profile"]


class Core(yaml.SafeLoader):
    """YAML as hinomi and editors read it (1.2): `on` is a word, a date and a time are texts."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (("null", r"^(~|null|)$", ["~", "n", ""]), ("bool", r"^(true|false)$", ["t", "f"]),
                            ("int", r"^-?[0-9]+$", list("-0123456789")), ("float", r"^-?[0-9]+\.[0-9]+$", list("-0123456789"))):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def main():
    output = subprocess.run([os.environ["HINOMI_EXECUTABLE"], "config", "schema"], check=True, capture_output=True, text=True).stdout
    schema = json.loads(output)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    faults = []
    data = ROOT / "tests" / "data" / "config"
    good = sorted((data / "good").glob("*.yaml")) + sorted((ROOT / "config" / "examples").glob("*.yaml"))
    for path in good:
        for error in validator.iter_errors(yaml.load(path.read_text(encoding="utf-8"), Core)):
            faults.append(f"{path.relative_to(ROOT)}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    for name in SHAPE:
        if validator.is_valid(yaml.load((data / "bad" / f"{name}.yaml").read_text(encoding="utf-8"), Core)):
            faults.append(f"tests/data/config/bad/{name}.yaml fits the schema")
    print("\n".join(faults) or f"{len(good)} files fit, {len(SHAPE)} do not: ok")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
