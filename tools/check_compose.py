"""Check docker-compose.yml without Docker: by the Compose Specification's schema, and by what this project knows.

Our own rules: a build names a Dockerfile and a stage that exist; every STORE_ variable is one that the settings read;
files and folders that are mounted or read exist; services, volumes and networks that are named are defined; images
carry a tag.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

PROJECT = Path(__file__).resolve().parents[1]
SCHEMA = Path(__file__).with_name("compose-spec.json")
STAGE = re.compile(r"^FROM\s+\S+\s+AS\s+(\S+)", re.MULTILINE | re.IGNORECASE)
VARIABLE = re.compile(r"\bSTORE_[A-Z0-9_]+")
EXAMPLE_ENDING = ".example"  # store.env is the operator's; store.env.example is ours


def main() -> int:
    """Print the problems; 1 if there are any."""
    file = PROJECT / "docker-compose.yml"
    text = file.read_text(encoding="utf-8")
    compose = yaml.safe_load(text)
    problems = [*schema_problems(compose), *variable_problems(text), *reference_problems(compose)]
    for name, service in compose.get("services", {}).items():
        problems += [f"services.{name}: {problem}" for problem in service_problems(service)]
    for problem in problems:
        print(f"docker-compose.yml: {problem}", file=sys.stderr)
    print(f"docker-compose.yml: {len(compose.get('services', {}))} services, {len(problems)} problems.")
    return 1 if problems else 0


def schema_problems(compose: Any) -> Iterator[str]:
    """Hold the file against the specification."""
    validator = jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for error in validator.iter_errors(compose):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"


def known_variables() -> set[str] | None:
    """Tell the variables that the settings read; None while there are no settings to ask."""
    try:
        from store.kernel.settings import PREFIX, Settings  # noqa: PLC0415 - the check works without the store, too
    except ImportError:
        return None
    return {PREFIX + name.upper() for name in Settings.__dataclass_fields__}


def variable_problems(text: str) -> Iterator[str]:
    """Find variables that nobody reads, in the compose file and in the examples of its env files."""
    known = known_variables()
    if known is None:
        return
    examples = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "docker").glob(f"*{EXAMPLE_ENDING}")}
    for where, content in {"": text, **examples}.items():
        for name in sorted(set(VARIABLE.findall(content)) - known):
            yield f"{where or 'this file'}: the settings know no {name}"


def service_problems(service: dict[str, Any]) -> Iterator[str]:
    """Check what the specification can't know: files of this project."""
    image = service.get("image")
    if image and "build" not in service and ":" not in image:
        yield f"image {image} has no tag"
    if "build" in service:
        yield from build_problems(service["build"])
    for entry in as_list(service.get("env_file")):
        if not (PROJECT / entry).exists() and not (PROJECT / f"{entry}{EXAMPLE_ENDING}").exists():
            yield f"env_file {entry}: there is neither the file nor an example of it"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0] if isinstance(volume, str) else volume.get("source", "")
        if source.startswith(".") and not (PROJECT / source).exists():
            yield f"volume {source}: there is no such file or folder"


def build_problems(build: str | dict[str, Any]) -> Iterator[str]:
    """Check that the Dockerfile and its stage exist."""
    options = {"context": build} if isinstance(build, str) else build
    dockerfile = PROJECT / options.get("context", ".") / options.get("dockerfile", "Dockerfile")
    if not dockerfile.is_file():
        yield f"build: there is no {dockerfile.relative_to(PROJECT)}"
        return
    target = options.get("target")
    if target and target not in STAGE.findall(dockerfile.read_text(encoding="utf-8")):
        yield f"build: {dockerfile.name} has no stage {target}"


def reference_problems(compose: dict[str, Any]) -> Iterator[str]:
    """Check names that one part of the file gives and another uses."""
    services = compose.get("services", {})
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            if other not in services:
                yield f"services.{name}: depends on {other}, which isn't there"
        for network in service.get("networks", []):
            if network not in compose.get("networks", {}):
                yield f"services.{name}: network {network} isn't defined"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0] if isinstance(volume, str) else volume.get("source", "")
            if source and source[0] not in "./~" and source not in compose.get("volumes", {}):
                yield f"services.{name}: volume {source} isn't defined"


def as_list(value: str | list[str] | None) -> list[str]:
    """Give the long form of what may be written short."""
    return [value] if isinstance(value, str) else value or []


if __name__ == "__main__":
    sys.exit(main())
