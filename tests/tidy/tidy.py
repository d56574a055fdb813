#!/usr/bin/env python3
"""The house rules as a test. Data beside this file: rooms.tsv (who may include whom), only_in.tsv (what only some folders may
touch), banned (words and what to write instead), exempt.tsv (exemptions with their reasons).

    tidy.py [ROOT]      checks the tree; prints `path:line: rule: what is wrong and what to do`; exit 1 if there was anything
"""
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILE_LINES = 400
CODE = (".hpp", ".cpp")
OTHER_CODE_FOLDERS = {"third_party", "tests", "bench"}
PLANTED = "tests/tidy/data/"
KINDS = ("FEATURE", "CHANGE", "BUGFIX")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def table(name, columns):
    """Rows of a tab-separated file beside this one, without comments and blank lines."""
    rows = []
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns or not all(cell.strip() for cell in row):
            sys.exit(f"tests/tidy/{name}:{number}: expected {columns} cells separated by single tabs, found {len(row)}")
        rows.append(row)
    return rows


class Rules:
    def __init__(self):
        self.rooms = {room: (space, set() if may == "-" else set(may.split()), libraries)
                      for room, space, may, libraries in table("rooms.tsv", 4)}
        self.only_in = [(where, re.compile(pattern), set(may.split()), instead)
                        for where, pattern, may, instead in table("only_in.tsv", 4)]
        self.banned = [(where, re.compile(word), instead) for where, word, instead in table("banned", 3)]
        self.exempt = table("exempt.tsv", 3)


TOKENS = re.compile(r'''R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'|//[^\n]*|/\*.*?\*/''',
                    re.DOTALL)


def stripped(text, keep_strings):
    """C++ with comments blanked (and the insides of strings, unless kept); lines stay where they are."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        return token if keep_strings else '"' + re.sub(r"[^\n]", " ", token[1:-1]) + '"'
    return TOKENS.sub(blank, text)


INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def check_includes(path, lines, rules):
    room = path.split("/")[0]
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        if room in rules.rooms:
            _, may, libraries = rules.rooms[room]
            if quote == "<" and libraries == "std" and not re.fullmatch(r"[a-z_0-9]+", header):
                yield Finding(path, number, "arrows", f"{room}/ is pure: the standard library and model/ only, not <{header}>")
            if quote == '"':
                target = header.split("/")[0] if "/" in header else "(this folder)"
                if target not in rules.rooms:
                    yield Finding(path, number, "arrows", f'"{header}" is no room of ours: write the path from the root, libraries in <>')
                elif target != room and target not in may:
                    yield Finding(path, number, "arrows", f"{room}/ may not include {target}/ (tests/tidy/rooms.tsv): only daemon/ "
                                                          "joins rooms; hand a value of model/ on instead")
        for where, pattern, folders, instead in rules.only_in:
            if where == "include" and room not in folders and pattern.search(header):
                yield Finding(path, number, "only-in", f"<{header}> belongs to {'/, '.join(sorted(folders))}/: use {instead}")
        for where, pattern, instead in rules.banned:
            if where == "include" and pattern.search(header):
                yield Finding(path, number, "banned", f"<{header}>: use {instead}")


def check_words(path, text, rules):
    folder = path.split("/")[0]
    views = {"text": text.splitlines()}
    if path.endswith(CODE):
        views["code"] = stripped(text, keep_strings=False).splitlines()
        views["string"] = stripped(text, keep_strings=True).splitlines()
    for where, pattern, folders, instead in rules.only_in:
        if folder in folders or folder not in rules.rooms:
            continue
        for number, line in enumerate(views.get(where, ()), 1):
            if match := pattern.search(line):
                yield Finding(path, number, "only-in", f"`{match.group(0).strip()}` belongs to {'/, '.join(sorted(folders))}/: use {instead}")
    for where, pattern, instead in rules.banned:
        if where == "name" and pattern.search(path):
            yield Finding(path, 1, "banned", f"this file's name: use {instead}")
        for number, line in enumerate(views.get(where, ()), 1):
            if match := pattern.search(line):
                yield Finding(path, number, "banned", f"`{match.group(0).strip()}`: use {instead}")


def check_shape(path, lines, rules):
    """Length, names, header guard, namespace of one C++ file."""
    folder, name = path.split("/")[0], path.split("/")[-1]
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.(hpp|cpp)", name):
        yield Finding(path, 1, "file-name", "files are named in snake_case")
    if path.endswith(".hpp") and not any(line.strip() == "#pragma once" for line in lines[:10]):
        yield Finding(path, 1, "header-guard", "a header begins with #pragma once")
    if folder not in rules.rooms:
        if folder not in OTHER_CODE_FOLDERS:
            yield Finding(path, 1, "rooms", f"{folder}/ is no room: see tests/tidy/rooms.tsv and doc/ARCHITECTURE.md")
        return
    if len(lines) > FILE_LINES:
        yield Finding(path, FILE_LINES + 1, "length", f"{len(lines)} lines, at most {FILE_LINES}: a noun is missing, split the file by it")
    space = rules.rooms[folder][0]
    for number, line in enumerate(lines, 1):
        match = re.match(r"namespace\s+(?!\w+\s*=)([\w:]+)", line)
        if match and match.group(1).split("::")[0] != space:
            yield Finding(path, number, "namespace", f"code of {folder}/ lives in namespace {space}, not {match.group(1)}")


TEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\s*\(\s*(\w+)\s*,\s*(\w+)")


def check_test_names(path, lines):
    if not path.startswith("tests/"):
        return
    for number, line in enumerate(lines, 1):
        if not (match := TEST.match(line)):
            continue
        suite, name = match.groups()
        words = [re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", part) for part in (suite, name)]
        if len(words[1]) < 2 or len(words[0] + words[1]) < 3 or words[1][0].lower() == "test":
            yield Finding(path, number, "test-name", f"{suite}.{name} is no sentence: say who does what, and when")
        if not re.search(r"_test\.cpp$", path):
            yield Finding(path, number, "test-name", "tests live in files named NOUN_test.cpp")


MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:home|work|root|Users)/[\w.-]+")


def check_machine_paths(path, lines):
    for number, line in enumerate(lines, 1):
        if match := MACHINE_PATH.search(line):
            yield Finding(path, number, "machine-path", f"`{match.group(0)}` is a path of somebody's machine: use one relative to the tree")


def check_map(path, lines, exists):
    """Every path that the map names exists. A path is in backticks and holds a slash, or is a file of the root; NAME and ROOM are blanks."""
    for number, line in enumerate(lines, 1):
        for token in re.findall(r"`([^`\s]+)`", line):
            is_path = re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?", token) and ("/" in token or re.search(r"\.(md|txt|json|yaml)$", token))
            if is_path and not re.search(r"NAME|ROOM", token) and not exists(token):
                yield Finding(path, number, "map", f"`{token}` does not exist: the map must follow the house")


RELEASE = re.compile(r"## (\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2})")


def check_changelog(path, lines):
    if not lines or lines[0] != "# Changelog":
        yield Finding(path, 1, "changelog", "begins with `# Changelog`")
    releases = [(number, line) for number, line in enumerate(lines, 1) if line.startswith("## ")]
    if not releases or releases[0][1] != "## [Unreleased]":
        yield Finding(path, releases[0][0] if releases else 1, "changelog", "the first release is `## [Unreleased]`")
    for number, line in releases:
        if not RELEASE.fullmatch(line):
            yield Finding(path, number, "changelog", "a release is `## [1.2.3] - 2026-12-31`")
    last = -1
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            last = -1
        if not line.startswith(("-", "*")):
            continue
        match = re.match(r"- \[(\w+)\] \S.*\.$|- \[(\w+)\] \S.*[^.]$", line)
        kind = (match.group(1) or match.group(2)) if match else None
        if kind not in KINDS:
            yield Finding(path, number, "changelog", f"an entry is `- [KIND] words`, KIND one of {', '.join(KINDS)}")
            continue
        if KINDS.index(kind) < last:
            yield Finding(path, number, "changelog", f"kinds come in the order {', '.join(KINDS)}")
        last = max(last, KINDS.index(kind))


def check_file(path, text, rules, exists):
    """Every finding of one file, given its path from the root."""
    lines = text.splitlines()
    if path.endswith(CODE):
        yield from check_includes(path, lines, rules)
        yield from check_shape(path, lines, rules)
        yield from check_test_names(path, lines)
    if path.endswith(CODE) or path.endswith((".py", ".sh", "CMakeLists.txt")) or path.startswith("scripts/"):
        yield from check_words(path, text, rules)
    yield from check_machine_paths(path, lines)
    if path == "doc/ARCHITECTURE.md":
        yield from check_map(path, lines, exists)
    if path == "CHANGELOG.md":
        yield from check_changelog(path, lines)


def without_exempt(findings, exempt):
    """The findings that stand, and one for each exemption that exempts nothing."""
    used = set()
    for finding in findings:
        for index, (path, rule, _) in enumerate(exempt):
            if finding.rule == rule and (finding.path == path or (path.endswith("/") and finding.path.startswith(path))):
                used.add(index)
                break
        else:
            yield finding
    for index, (path, rule, _) in enumerate(exempt):
        if index not in used:
            yield Finding("tests/tidy/exempt.tsv", 1, "exempt", f"{path} needs no exemption from {rule} any more: remove the row")


def files_of(root):
    """Tracked files and new ones that are not ignored; in a tree without git, everything outside build folders."""
    git = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in ("build", ".git", ".cache")]
            listed += [str(Path(folder, name).relative_to(root)) for name in names]
    return sorted({path for path in listed if path and Path(root, path).is_file() and not path.startswith(PLANTED)})


def check_tree(root):
    rules = Rules()
    findings = []
    files = files_of(root)
    known = set(files) | {str(parent) + "/" for path in files for parent in Path(path).parents}
    for path in files:
        try:
            text = Path(root, path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        except FileNotFoundError:  # removed while we were reading
            continue
        findings += check_file(path, text, rules, known.__contains__)
    return list(without_exempt(findings, rules.exempt))


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent
    files = files_of(root)
    if not files:
        sys.exit(f"tidy: no files below {root}")
    findings = check_tree(root)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
