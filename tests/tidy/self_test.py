#!/usr/bin/env python3
"""Shows that every rule of tidy.py is broken by something: plants what data/RULE.txt holds and compares.

A data file holds files (`=== PATH`) and marks on their lines, which are cut off before the check:
    #!      RULE must report this line      (on an unmarked line it must not)
    #@1     RULE must report this file, whatever the line
    #*N     stands for N such lines
`%home` and `%work` stand for absolute paths, so that no planted file holds one. The only existing paths are `model/time.hpp`, `model/` and
`README.md`.
"""
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import tidy  # noqa: E402

DATA = tidy.HERE / "data"
EXISTING = {"model/time.hpp", "model/", "README.md"}


def planted(rule):
    """(path, text, lines that must be reported or None for 'any') of each file in data/RULE.txt."""
    sections = re.split(r"^=== ", (DATA / f"{rule}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for section in sections[1:]:
        path, *marked = section.splitlines()
        lines, expected = [], set()
        for line in marked:
            line = line.replace("%home", "/" + "home").replace("%work", "/" + "work")
            text, _, mark = re.match(r"(.*?)(\s+#(!|@1|\*\d+))?$", line).groups()
            lines += [text] * (int(mark[1:]) if mark and mark.startswith("*") else 1)
            if mark == "!":
                expected.add(len(lines))
            elif mark == "@1":
                expected = None
        yield path, "\n".join(lines) + "\n", expected


class EveryRuleIsSeenToFail(unittest.TestCase):
    def test_planted_files_are_reported_on_the_marked_lines_only(self):
        rules = tidy.Rules()
        for data in sorted(DATA.glob("*.txt")):
            for path, text, expected in planted(data.stem):
                with self.subTest(rule=data.stem, path=path):
                    found = [finding for finding in tidy.check_file(path, text, rules, EXISTING.__contains__) if finding.rule == data.stem]
                    if expected is None:
                        self.assertTrue(found, "nothing was reported")
                    else:
                        self.assertEqual({finding.line for finding in found}, expected, "\n".join(map(str, found)))

    def test_every_rule_has_planted_files_that_break_it(self):
        source = (tidy.HERE / "tidy.py").read_text(encoding="utf-8")
        names = set(re.findall(r'Finding\([^"]*?, "([a-z-]+)",', source)) - {"exempt"}
        self.assertEqual(names, {data.stem for data in DATA.glob("*.txt")})

    def test_every_banned_word_and_every_limit_is_broken_by_a_planted_line(self):
        rules = tidy.Rules()
        whole = {"banned": rules.banned, "only-in": [(where, pattern, instead) for where, pattern, _, instead in rules.only_in]}
        for rule, rows in whole.items():
            texts = [str(finding) for path, text, _ in planted(rule) for finding in tidy.check_file(path, text, rules, EXISTING.__contains__)]
            bare = [line for _, text, _ in planted(rule) for line in text.splitlines()] + [path for path, _, _ in planted(rule)]
            for where, pattern, instead in rows:
                candidates = [re.sub(r'^\s*#\s*include\s*["<]([^">]+).*', r"\1", line) for line in bare]
                with self.subTest(rule=rule, pattern=pattern.pattern):
                    self.assertTrue(any(pattern.search(line) for line in candidates), "no planted line holds it")
                    self.assertTrue(any(text.endswith(f"use {instead}") for text in texts), "it was never reported")


class Exemptions(unittest.TestCase):
    found = tidy.Finding("io/a.cpp", 3, "length", "too long")

    def test_an_exempt_finding_is_dropped(self):
        self.assertEqual(list(tidy.without_exempt([self.found], [["io/a.cpp", "length", "a table"]])), [])
        self.assertEqual(list(tidy.without_exempt([self.found], [["io/", "length", "tables"]])), [])

    def test_another_rule_or_path_is_not_exempt_and_the_unused_row_is_reported(self):
        for row in (["io/a.cpp", "banned", "why"], ["io/b.cpp", "length", "why"], ["io", "length", "why"]):
            rules = [finding.rule for finding in tidy.without_exempt([self.found], [row])]
            self.assertEqual(rules, ["length", "exempt"])


class TheTree(unittest.TestCase):
    def test_the_check_sees_the_files_of_the_tree(self):
        files = tidy.files_of(tidy.HERE.parent.parent)
        self.assertIn("tests/tidy/tidy.py", files)
        self.assertIn("CMakeLists.txt", files)
        self.assertFalse([path for path in files if path.startswith(("build/", tidy.PLANTED))])


if __name__ == "__main__":
    unittest.main()
