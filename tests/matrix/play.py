"""Plays the cells of the matrix and records each response and its effect."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Queue

import wire
from images import PATCH, Images, view

JSON = "application/json"
OCTETS = "application/octet-stream"


def shows(document, after, mask):
    """A summary of the document of a success."""
    said = lambda member: mask(f"{member['member_id']} {member['status']}")
    if "images" in document:
        return f"images: {len(document['images'])}"
    if "members" in document:
        return "members: " + ", ".join(sorted(map(said, document["members"])))
    if "member_id" in document:
        return "member: " + said(document)
    if "visibility" in document:
        truth = {field: value for field, value in (after or {}).items() if field != "members"}
        return "the image" if view(document) == truth else "another image"
    return ""


def changes(before, after):
    """The fields that the request changed, with their new values."""
    if after is None:
        return {"gone": True} if before else {}
    before = before or {}
    fields = sorted({*before, *after})
    return {field: after.get(field) for field in fields if before.get(field) != after.get(field)}


class Player:
    """Plays lines of the matrix one after the other. A line is one operation on one image by every caller."""

    def __init__(self, url, images_url, plan, projects, tokens):
        self.url, self.projects, self.tokens = url, projects, tokens
        self.operations = {operation["name"]: operation for operation in plan["operation"]}
        self.images = Images(images_url, projects, tokens["owner's admin"])

    def line(self, image, operation):
        """The responses to all callers, grouped by equal responses."""
        groups = {}
        for caller in self.tokens:
            answer = self.cell(image, self.operations[operation], self.tokens[caller])
            groups.setdefault(json.dumps(answer), (answer, []))[1].append(caller)
        return {
            "image": image,
            "operation": operation,
            "answers": [{**answer, "callers": callers} for answer, callers in groups.values()],
        }

    def cell(self, name, operation, token):
        image, before = self.images.named(name)
        new = str(uuid.uuid4())
        own = {"image": image, "new": new, **self.projects}

        def fill(text):
            for key, value in own.items():
                text = text.replace("{" + key + "}", value)
            return text

        def mask(text):
            for key, value in own.items():
                text = text.replace(value, "{" + key + "}")
            return text

        method, path = fill(operation["request"]).split(" ")
        body, media_type = next(
            ((fill(operation[kind]), media) for kind, media in (("json", JSON), ("patch", PATCH), ("data", OCTETS)) if kind in operation),
            (None, None),
        )
        # A middleware that cannot reach Keystone for a moment answers 401 too.
        for _ in range(3):
            answer, _ = wire.send(self.url, method, path, token, body, media_type)
            if answer.status != 401:
                break
        else:
            raise RuntimeError(f"a token of the matrix is refused: {answer.text}")
        after = before
        if method != "GET":
            after = self.images.look(image if before else new)
        effect = changes(before, after)
        outcome = {"status": answer.status, "says": answer.says(), "shows": shows(answer.document(), after, mask), "effect": effect}
        if effect and before:
            self.images.spoiled(name)
        elif effect:
            self.images.drop(new)
        return json.loads(mask(json.dumps({key: value for key, value in outcome.items() if value})))


def play(url, images_url, plan, projects, tokens, lines, threads, report):
    """The responses of `url` to `lines`, in the same order. `images_url` is where the images are made."""
    queue, answers = Queue(), [None] * len(lines)
    for number in range(len(lines)):
        queue.put(number)

    def work():
        player = Player(url, images_url, plan, projects, tokens)
        try:
            while True:
                number = queue.get_nowait()
                answers[number] = player.line(*lines[number])
                report(queue.qsize())
        except Empty:
            pass
        finally:
            player.images.drop_all()

    with ThreadPoolExecutor(threads) as pool:
        for worker in [pool.submit(work) for _ in range(threads)]:
            worker.result()
    return answers
