import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** A project that both tools reproduce. */
export interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** What is done to the reproduced project, before both are asked what has changed. */
  readonly changes?: Readonly<Record<string, (root: string) => void>>
  /** Whether all its stages come back from the run cache; default true. */
  readonly restores?: boolean
}

export const cases: readonly Case[] = [
  {
    name: 'a chain of stages',
    files: {
      'dvc.yaml': `stages:
  prepare:
    cmd: mkdir -p data/out && cp data/raw/*.txt data/out/ && date +%Y > /dev/null
    deps:
    - data/raw
    outs:
    - data/out
  train:
    cmd: cat data/out/* > model.bin && echo '{"acc":0.5}' > metrics.json
    deps:
    - data/out
    params:
    - train.lr
    - train.layers
    - other.json:
      - a.b
    - whole.toml:
    outs:
    - model.bin
    metrics:
    - metrics.json
`,
      'data/raw/a.txt': 'a\n',
      'data/raw/é b.txt': 'b\n',
      'data/raw/sub/c.txt': 'c\n',
      'params.yaml': 'train:\n  lr: 1.0\n  layers: [1, 2.5, "x"]\n  unused: 3\n',
      'other.json': '{"a": {"b": 1e-5, "c": 2}}\n',
      'whole.toml': 'x = 1\ny = 1.0\n[t]\nz = "2026-01-01"\n',
    },
    changes: {
      'a file of a folder changed': (root) => writeFileSync(join(root, 'data/raw/a.txt'), 'A\n'),
      'a file of a folder added': (root) => writeFileSync(join(root, 'data/raw/new.txt'), 'n'),
      'a file of a folder renamed': (root) => renameSync(join(root, 'data/raw/a.txt'), join(root, 'data/raw/z.txt')),
      'times touched': (root) => utimesSync(join(root, 'data/raw/a.txt'), 1, 1),
      'mode changed': (root) => chmodSync(join(root, 'data/raw/a.txt'), 0o755),
      'an out deleted': (root) => rmSync(join(root, 'model.bin')),
      'a metric edited': (root) => appendFileSync(join(root, 'metrics.json'), ' '),
      'an object missing in the cache': (root) =>
        rmSync(join(root, '.dvc/cache/files/md5/60'), { recursive: true, force: true }),
      'the whole cache missing': (root) => rmSync(join(root, '.dvc/cache'), { recursive: true }),
      'a float written as an integer': (root) => replace(root, 'params.yaml', 'lr: 1.0', 'lr: 1'),
      'a float written as true': (root) => replace(root, 'params.yaml', 'lr: 1.0', 'lr: true'),
      'a tracked param changed': (root) => replace(root, 'params.yaml', 'lr: 1.0', 'lr: 2'),
      'an untracked param changed': (root) => replace(root, 'params.yaml', 'unused: 3', 'unused: 4'),
      'a param of a list changed': (root) => replace(root, 'params.yaml', '2.5', '2.6'),
      'a param deleted': (root) => replace(root, 'params.yaml', 'lr: 1.0', 'ler: 1'),
      'a params file deleted': (root) => rmSync(join(root, 'other.json')),
      'a key added to a whole file': (root) => replace(root, 'whole.toml', 'x = 1', 'x = 1\nw = 2'),
      'a key taken from a whole file': (root) => replace(root, 'whole.toml', 'x = 1\n', ''),
      'the command changed in a blank': (root) => replace(root, 'dvc.yaml', 'cat data', 'cat  data'),
      'a dep taken out': (root) => replace(root, 'dvc.yaml', '    deps:\n    - data/raw\n', ''),
      'a dep added': (root) => replace(root, 'dvc.yaml', '    - data/raw\n', '    - data/raw\n    - other.json\n'),
      'an out moved to the metrics': (root) =>
        replace(root, 'dvc.yaml', '    outs:\n    - model.bin\n    metrics:\n', '    metrics:\n    - model.bin\n'),
      'a path spelled otherwise': (root) => replace(root, 'dvc.yaml', '    - data/raw', '    - ./data/raw'),
      'frozen with a changed dep': (root) => {
        replace(root, 'dvc.yaml', '  prepare:\n', '  prepare:\n    frozen: true\n')
        writeFileSync(join(root, 'data/raw/a.txt'), 'A\n')
      },
      'the lock deleted': (root) => rmSync(join(root, 'dvc.lock')),
      'a file in an out folder that .dvcignore names': (root) => {
        writeFileSync(join(root, '.dvcignore'), '*.log\n')
        writeFileSync(join(root, 'data/out/x.log'), 'x')
      },
    },
  },
  {
    name: 'texts and numbers that YAML could misread',
    files: {
      'dvc.yaml': `stages:
  gnarly:
    cmd:
    - "echo 'it''s: #1' > 'out file'"
    - |
      x=1
      echo $x >> 'out file'
    deps: ["in: file"]
    params: [texts, numbers, '2017', empty, "null"]
    outs: ["out file"]
`,
      'in: file': 'in',
      'params.yaml': `texts: ["2017", "true", "null", "", " lead", "trail ", "a: b", "a #b", "- x", "#x", "it's", '"q"', "line\\nbreak", "tab\\t",
  "2026-01-02", "1e5", "0x1f", "yes", "=", "<<", "?", "-", "é", "😀", "*a", "&a", "!a", "%a", "@a", "\`a", "[a", "{a", "a]", "1_000", "0o17", "12e55", ".5", "1.", "~", "a:", ":a", "-a",
  "null ", "10:20", "under_score", "C:\\\\path", "x\\u0007y", "a,b", ".inf", "Null", "+1"]
numbers: {i: 1, f: 1.0, e: 1e-05, g: 1e+16, neg: -0.0, t: true, n: null, inf: .inf, ninf: -.inf, list: [[1, 2], [], {}], deep: {a: {b: [1, {c: 2, d: [3]}]}}}
'2017': 2017
empty: {}
"null": x
`,
    },
  },
  {
    name: 'long texts',
    files: {
      'dvc.yaml': `stages:
  long:
    cmd: echo aaaaaaaaa bbbbbbbbbbbb cccccccccc dddddddddd eeeeeeeee ffffffffff ggggggggggg hhhhhhhhhhh iiiiiiiiiiii jjjjjjjjjj > out && echo "kkkkkkkkkk llllllllllllllllll mmmmmmmmmm" >> out
    params: [quoted, word]
    outs: [out]
`,
      'params.yaml': `quoted: "it is: a rather long text that needs quotes because of the colon, and is longer than eighty characters in all, isn't it"
word: ${'x'.repeat(120)} ${'y'.repeat(100)}
`,
    },
  },
  {
    name: 'templates',
    files: {
      'dvc.yaml': `vars:
- more.yaml
- extra.yaml:picked
- inline: {name: value, flag: true}
stages:
  plain:
    cmd: echo \${models.a.lr} \${inline.name} \${inline.flag} \${items[1]} \${picked.x} \\\${HOME} > \${inline.name}.txt
    outs: ["\${inline.name}.txt"]
    params: [models.a]
  unpacked:
    cmd: echo \${models} \${flags} > unpacked.txt
    deps: [value.txt]
    outs: [unpacked.txt]
  each:
    foreach: \${models}
    do:
      cmd: echo \${key} \${item.lr} > \${key}.each
      deps: [value.txt]
      outs: ["\${key}.each"]
  listed:
    foreach: [x, 1, true, 2.5]
    do:
      cmd: echo \${item} > listed-\${item}.txt
      deps: [value.txt]
      outs: ["listed-\${item}.txt"]
  composite:
    foreach:
    - {n: 1}
    - {n: 2}
    do:
      cmd: echo \${item.n} > composite-\${item.n}.txt
      deps: [value.txt]
      outs: ["composite-\${item.n}.txt"]
  grid:
    matrix:
      os: [linux, mac]
      size: [1, 2]
      cfg: [{a: 1}]
    cmd: echo \${item.os} \${item.size} \${item.cfg.a} \${key} > grid-\${key}.txt
    deps: [value.txt]
    outs: ["grid-\${key}.txt"]
  local:
    wdir: \${folder}
    vars: [local.yaml, {own: mine}]
    cmd: echo \${own} \${here} > local.txt
    deps: [../value.txt]
    outs: [local.txt]
`,
      'params.yaml': 'models:\n  a: {lr: 0.1, bs: 1}\n  b: {lr: 1e-5, bs: 2}\n',
      'more.yaml':
        "items: [one, two]\nfolder: sub\nflags: {on: true, off: false, name: a'b c, list: [1, 'x y'], none: null, f: 1.0}\n",
      'extra.yaml': 'picked: {x: 7}\nnot_picked: 1\n',
      'sub/local.yaml': 'here: there\n',
    },
    changes: {
      'a value changed': (root) => replace(root, 'params.yaml', '0.1', '0.2'),
    },
  },
  {
    name: 'kinds of outs',
    files: {
      'dvc.yaml': `stages:
  kinds:
    cmd: mkdir -p dir/sub empty && echo 1 > dir/sub/x && echo '{"a":1}' > metric.json && echo 'a,b' > plot.csv && printf '' > nothing && cp run.sh prog && chmod +x prog
    deps: [run.sh]
    desc: some words
    meta: {any: thing}
    outs:
    - dir:
        desc: a folder
        push: false
    - empty
    - nothing
    - prog
    metrics:
    - metric.json:
        cache: false
    plots:
    - plot.csv:
        cache: false
        x: a
        y: b
`,
      'run.sh': '#!/bin/sh\necho run\n',
    },
    changes: {
      'an uncached metric edited': (root) => appendFileSync(join(root, 'metric.json'), ' '),
      'an executable made plain': (root) => chmodSync(join(root, 'prog'), 0o644),
      'an empty folder added to a folder': (root) => mkdirSync(join(root, 'dir/new')),
    },
  },
  {
    name: 'several stage files',
    files: {
      'dvc.yaml': `stages:
  first:
    cmd: cp in sub/a
    deps: [in]
    outs: [sub/a]
`,
      'sub/dvc.yaml': `stages:
  second:
    cmd: cp a b
    deps: [a]
    outs: [b]
  third:
    wdir: deep
    cmd: cp ../b c
    deps: [../b]
    outs: [c]
`,
      'sub/deep/keep': '',
      in: 'in',
    },
    changes: {
      'the first dep changed': (root) => writeFileSync(join(root, 'in'), 'other'),
    },
  },
  {
    name: 'files that .dvcignore names',
    files: {
      'dvc.yaml': `stages:
  make:
    cmd: mkdir made && cp in/a.txt made/ && cp in/a.txt made/a.log
    deps: [in, kept.log]
    outs: [made]
`,
      '.dvcignore': '*.log\n!keep.log\n/in/sub/\nin/**/x?.bin\n# comment\n  \\#hash  \n[ab]z.q\n',
      'in/.gitignore': '*.txt\n',
      'in/a.txt': 'a',
      'in/b.log': 'b',
      'in/keep.log': 'k',
      'in/sub/c.txt': 'c',
      'in/deep/er/x1.bin': 'x',
      'in/deep/er/x11.bin': 'x',
      'in/#hash': 'h',
      'in/az.q': 'z',
      'kept.log': 'a dep counts all the same',
    },
    changes: {
      'an ignored file changed': (root) => appendFileSync(join(root, 'in/b.log'), 'x'),
      'a file that is taken back in changed': (root) => appendFileSync(join(root, 'in/keep.log'), 'x'),
      'a file of an ignored folder changed': (root) => appendFileSync(join(root, 'in/sub/c.txt'), 'x'),
      'a file by ** changed': (root) => appendFileSync(join(root, 'in/deep/er/x1.bin'), 'x'),
      'a file that ** does not reach changed': (root) => appendFileSync(join(root, 'in/deep/er/x11.bin'), 'x'),
      'a file by an indented rule changed': (root) => appendFileSync(join(root, 'in/#hash'), 'x'),
      'an ignored dep changed': (root) => appendFileSync(join(root, 'kept.log'), 'x'),
      'an ignored file of an out changed': (root) => appendFileSync(join(root, 'made/a.log'), 'x'),
      'a rule added': (root) => appendFileSync(join(root, '.dvcignore'), 'a.txt\n'),
    },
  },
  {
    name: 'outs that stay in place and stages without inputs',
    restores: false,
    files: {
      'dvc.yaml': `stages:
  grows:
    cmd: echo line >> log
    deps: [in]
    outs:
    - log:
        persist: true
  inputless:
    cmd: echo x > alone
    outs: [alone]
  uncached:
    cmd: cp in plain
    deps: [in]
    outs:
    - plain:
        cache: false
`,
      in: 'in',
    },
    changes: {
      'the out that is not cached edited': (root) => appendFileSync(join(root, 'plain'), 'x'),
      'the lock deleted': (root) => rmSync(join(root, 'dvc.lock')),
      'stages that always run added': (root) =>
        appendFileSync(
          join(root, 'dvc.yaml'),
          '  callback: {cmd: "true"}\n  always: {cmd: "true", deps: [in], always_changed: true}\n',
        ),
    },
  },
]

function replace(root: string, path: string, from: string, to: string): void {
  const file = join(root, path)
  const text = readFileSync(file, 'utf8')
  if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`)
  writeFileSync(file, text.replace(from, to))
}
