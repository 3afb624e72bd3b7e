#!/usr/bin/env bash
# What PyPI cannot bring: Pango (WeasyPrint draws PDF with it), a Chinese font, and a compiler
# (pdqhash comes as source).
set -euo pipefail

missing=()
ldconfig -p 2>/dev/null | grep -q 'libpango-1.0.so.0' || missing+=(libpango-1.0-0)
ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1.0.so.0' || missing+=(libpangoft2-1.0-0)
ldconfig -p 2>/dev/null | grep -q 'libharfbuzz-subset.so.0' || missing+=(libharfbuzz-subset0)
{ command -v fc-list >/dev/null && fc-list :lang=zh-cn family | grep -q .; } || missing+=(fontconfig fonts-noto-cjk)
command -v g++ >/dev/null || missing+=(g++)

[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "缺少系统组件：${missing[*]}" >&2
  echo "请先安装，例如：sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
