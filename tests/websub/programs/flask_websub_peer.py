"""Flask-WebSub's hub and subscriber as a server on this machine; prints its address, and serves until it is ended.

/hub is the hub. GET /subscribe?feed=URL lets the subscriber find its hub and ask there; GET /deliveries returns what
has come, as JSON in base64.
"""

import base64
import logging
import sys
from pathlib import Path

from celery import Celery
from flask import Flask, jsonify, request
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.subscriber import SQLite3SubscriberStorage, SQLite3TempSubscriberStorage, Subscriber, discover
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
folder = Path(sys.argv[1])
app = Flask(__name__)
app.config["PUBLISH_SUPPORTED"] = True
# work is done while it is asked for, and not by processes of its own
celery = Celery(broker="memory://")
celery.conf.task_always_eager = True
hub = Hub(SQLite3HubStorage(str(folder / "hub.db")), celery, **app.config)
app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
subscriber = Subscriber(
    SQLite3SubscriberStorage(str(folder / "subscriber.db")), SQLite3TempSubscriberStorage(str(folder / "subscriber.db"))
)
app.register_blueprint(subscriber.build_blueprint(url_prefix="/told"))
deliveries: list[str] = []
subscriber.add_listener(lambda _topic, _callback, body: deliveries.append(base64.b64encode(body).decode()))


def subscribe() -> str:
    """Find hub and topic of a feed, ask for it, and return the topic."""
    found: dict[str, str] = discover(request.args["feed"])
    subscriber.subscribe(**found)
    return found["topic_url"]


def delivered() -> object:
    """Return what has come."""
    return jsonify(deliveries)


app.add_url_rule("/subscribe", view_func=subscribe)
app.add_url_rule("/deliveries", view_func=delivered)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"http://127.0.0.1:{server.port}", flush=True)  # noqa: T201
server.serve_forever()
