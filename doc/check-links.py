#!/usr/bin/python3
# check-links.py: whether what the pages of the manual and the texts refer to is there
#
# Usage: check-links.py HTML-FOLDER TEXT...
#
# In pages each link to another page or to a place in one, in texts in Markdown each link and each
# file of the tree that is named like `this`, but for what a build makes.  What is on another host is not asked for.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import html.parser
import pathlib
import re
import sys
import urllib.parse

TREE = pathlib.Path(__file__).resolve().parent.parent


class Page(html.parser.HTMLParser):
    """The places in a page, and where it leads to."""

    def __init__(self, path):
        super().__init__()
        self.places, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and tag != "meta":
                self.places.add(value)
            elif name in ("href", "src", "data") and value:
                self.links.append(value)


def broken_in_pages(folder):
    pages = {path.name: Page(path) for path in sorted(folder.glob("*.html"))}
    if not pages:
        yield f"{folder} has no pages"
    for name, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            # The pages of a tarball name other manuals by where they lie once all are installed.
            if parts.scheme or parts.netloc or parts.path.startswith("../"):
                continue
            target = urllib.parse.unquote(parts.path) or name
            if not (folder / target).exists():
                yield f"{name}: there is no {link}"
            elif target in pages and parts.fragment:
                if urllib.parse.unquote(parts.fragment) not in pages[target].places:
                    yield f"{name}: there is no such place: {link}"


def headings(text):
    """As their anchors are made from them."""
    found = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}



def broken_in_text(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, place = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        if file and not (TREE / file).exists():
            yield f"{path.name}: there is no {target}"
        elif not file and place not in headings(text):
            yield f"{path.name}: there is no such heading: {target}"
    for word in re.findall(r"`([^`\n]+)`", text):
        named = re.fullmatch(r"([\w.-]+)/[\w./*-]*", word)
        made = word.endswith((".la", ".gir", ".typelib"))
        if named and not made and (TREE / named[1]).is_dir() and not list(TREE.glob(word.rstrip("/"))):
            yield f"{path.name}: there is no {word}"
    for word in re.findall(r"\b[A-Z]+\.md\b", text):
        if not (TREE / word).exists():
            yield f"{path.name}: there is no {word}"


def main():
    broken = list(broken_in_pages(pathlib.Path(sys.argv[1])))
    for name in sys.argv[2:]:
        broken += broken_in_text(pathlib.Path(name))
    print("\n".join(broken), end="\n" if broken else "")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
