"""Runs every case_* function of the given files and prints one line for each: "ok <name>" or "not ok <name>"."""

import importlib.util
import pathlib
import sys
import time
import traceback


def main(paths):
    failed = 0
    for path in paths:
        spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, case in list(vars(module).items()):
            if not name.startswith("case_"):
                continue
            words = name.removeprefix("case_").replace("_", " ")
            start = time.monotonic()
            try:
                case()
                print(f"ok {words} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"not ok {words}", flush=True)
                traceback.print_exc()
                sys.stderr.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
