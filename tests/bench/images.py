"""The images of the benchmark: in the configuration, and as an export."""

import json

PROJECT = "5ef70662f8b34079a6eddb8da9d75fe8"

IMAGE = """
[[images]]
id = "00000000-0000-4000-8000-{number:012}"
name = "image-{number}"
owner = "{project}"
visibility = "private"
disk_format = "qcow2"
container_format = "bare"
tags = {tags}
created_at = "2026-01-05T09:00:00Z"
properties = {{ os_distro = "debian", os_version = "12" }}
"""


def tags(number):
    """The initial tags of an image. The first 40 are in the list by tag."""
    return ["set", "listed"] if number < 40 else ["set"]


def configured(count):
    images = [IMAGE.format(number=number, project=PROJECT, tags=json.dumps(tags(number))) for number in range(count)]
    return "".join(images)


LINE = (
    '{{"id":"00000000-0000-4000-8000-{number:012}","created_at":"2026-01-05T09:00:00Z","updated_at":"2026-01-05T09:00:00Z",'
    '"revision":0,"name":"image-{number}","owner":"{project}","visibility":"private","status":"active","tags":{tags},'
    '"members":{{}},"properties":{{"os_distro":"debian","os_version":"12"}},"disk_format":"qcow2","container_format":"bare",'
    '"min_disk":0,"min_ram":0,"protected":false,"os_hidden":false,"data":null}}\n'
)


def export(file, count):
    """Writes a file as `image-tags export` does, in which each image has five tags."""
    with file.open("w") as lines:
        for number in range(count):
            more = [f"build-{number}", f"week-{number % 512}", f"team-{number % 64}", "amd64"]
            own = json.dumps([*tags(number), *more][:5])
            lines.write(LINE.format(number=number, project=PROJECT, tags=own))
