#!/bin/bash
# finish-html.sh: what gtk-doc's pages lack: a style for phones, pictures that shrink with them, and
# links to the index of a release that lead to a place that is there
#
# Usage: finish-html.sh SOURCE-FOLDER HTML-FOLDER
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

cp "$1/libipc.css" "$1"/*.svg "$2"

viewport='<meta name="viewport" content="width=device-width, initial-scale=1">'
style='<link rel="stylesheet" href="libipc.css" type="text/css">'
picture='<img src="\1" alt="The same is told by the text below.">'
sed -i -E \
  -e "s|^<link rel=\"stylesheet\" href=\"style.css\".*|$viewport\\n&\\n$style|" \
  -e "s|<object type=\"image/svg\\+xml\" data=\"([^\"]*)\"></object>|$picture|" \
  -e 's|(href="api-index-[0-9-]+\.html)#api-index-[0-9.]+"|\1"|g' \
  "$2"/*.html
