"""Asks MLflow's own scoring server what test/cases asks ours: the same requests get the same status and predictions.

Where MLflow answers otherwise, `differs` holds its status; docs/serving.md says why. Prints `ok <case>` or `not ok <case>`.
"""
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings

os.environ["MLFLOW_LOGGING_LEVEL"] = "ERROR"
warnings.simplefilter("ignore")

import mlflow
import pandas
import uvicorn
from mlflow.models import ModelSignature
from mlflow.pyfunc import scoring_server
from mlflow.types import ColSpec, Schema

# MLflow answers these: it converts, fills up or repeats where ours refuses.
answered_there = [
    "400 - NaN is not JSON, and the answer says what to send",
    "400 - a boolean is not a number",
    "400 - a key twice",
    "400 - a number that JSON reads as infinite",
    "400 - a required column is missing in one row",
    "400 - a required value is null",
    "400 - a single value of the wrong type",
    "400 - a text is not a boolean",
    "400 - a whole number that a double cannot hold",
    "400 - csv with NA for a required number",
    "400 - csv with a line of another length",
    "400 - csv with a required value missing",
    "400 - split with a row of another length",
    "400 - split with an index of another length",
    "400 - values of the wrong type, each column with its first row",
    "a score that is no number is null, and a header counts them",
]
# MLflow refuses these: a missing whole number, numbers and texts in one list, no rows, words for truth values.
refused_there = [
    "csv - NA is a missing number, and a text like any other",
    "csv - a truth value is true, false, yes or no in any case",
    "csv - columns go by name, texts stay texts, empty is missing",
    "inputs - as lists, by position",
    "instances - an empty batch gives no predictions",
    "instances - as lists, by position",
    "records - a column the model does not know may have any name",
    "records - an empty batch gives no predictions",
    "split - without columns the values go by position",
]
differs = {
    **dict.fromkeys(answered_there, 200),
    **dict.fromkeys(refused_there, 400),
    "charset utf-8 is known": 415,  # with quotes
}


class Toy(mlflow.pyfunc.PythonModel):
    """As test/toy-model.ts."""

    def predict(self, context, model_input, params=None):
        rows = model_input.to_dict("records")
        high = [share(row) for row in rows]
        return pandas.DataFrame(
            {
                "prediction": ["high" if one > 0.5 else "low" for one in high],
                "probability_low": [1 - one for one in high],
                "probability_high": high,
            }
        )


def share(row):
    if row.get("cut") == "bottomless":
        return float("nan")
    return (
        0.25
        + (0.5 if row.get("carat", 0) > 1 else 0)
        + (0.125 if row.get("cut") == "Ideal" else 0)
        + (0.0625 if row.get("certified") is True else 0)
        + (0.03125 if row.get("zip") == "02134" else 0)
    )


def serve(folder):
    inputs = [
        ColSpec("double", "carat"),
        ColSpec("string", "cut"),
        ColSpec("string", "zip", required=False),
        ColSpec("boolean", "certified", required=False),
        ColSpec("long", "stones", required=False),
    ]
    signature = ModelSignature(inputs=Schema(inputs), outputs=Schema([ColSpec("string", "prediction")]))
    mlflow.pyfunc.save_model(folder, python_model=Toy(), signature=signature, pip_requirements=[])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(scoring_server.init(mlflow.pyfunc.load_model(folder)), log_level="critical"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def ask(base, asked):
    head, _, body = asked.partition("\n\n")
    request_line, *headers = head.split("\n")
    method, path = request_line.split(" ")[:2]
    request = urllib.request.Request(base + path, data=body.encode(), method=method)
    request.add_header("content-type", "")  # else urllib names one of its own
    for header in headers:
        request.add_header(*header.split(": ", 1))
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as refused:
        return refused.code, None
    except OSError:
        return 0, None  # it broke the connection off


def main(cases):
    with tempfile.TemporaryDirectory() as work:
        base = serve(f"{work}/model")
        files = sorted(pathlib.Path(cases).glob("*.http"))
        for gone in differs.keys() - {file.stem for file in files}:
            print(f"not ok scoring: {gone}: there is no such case", flush=True)
        for file in files:
            asked, _, answered = file.read_text().partition("\n===\n")
            status, answer = ask(base, asked)
            head, _, body = answered.partition("\n\n")
            ours = int(head.split("\n")[0])
            expected = differs.get(file.stem, ours)
            same = status == expected and (status != 200 or ours != 200 or file.stem in differs or answer == json.loads(body))
            print(f"ok scoring: {file.stem}" if same else f"not ok scoring: {file.stem}: MLflow says {status} {answer}", flush=True)


main(sys.argv[1])
