/// The JSON Schema (2020-12) of the lines: what `ocelli schema` prints and `config/` ships.
///
/// The order of `properties` is the order of the keys in a line.
package enum LineSchema {
  package static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:ocelli:lines:1",
      "title": "Ocelli's JSON lines, version 1",
      "description": "One object a line, UTF-8, at most 1 MiB. Within version 1 keys and types are only added: ignore what you do not know. An absent fact is left out.",
      "type": "object",
      "required": ["v", "type", "seq"],
      "properties": {
        "v": {"const": 1},
        "type": {"type": "string"},
        "seq": {"type": "integer", "minimum": 0}
      },
      "allOf": [
        {"if": {"properties": {"type": {"const": "hello"}}}, "then": {"$ref": "#/$defs/hello"}},
        {"if": {"properties": {"type": {"const": "stream"}}}, "then": {"$ref": "#/$defs/stream"}},
        {"if": {"properties": {"type": {"const": "frame"}}}, "then": {"$ref": "#/$defs/frame"}},
        {"if": {"properties": {"type": {"const": "gap"}}}, "then": {"$ref": "#/$defs/gap"}},
        {"if": {"properties": {"type": {"const": "error"}}}, "then": {"$ref": "#/$defs/error"}},
        {"if": {"properties": {"type": {"const": "stats"}}}, "then": {"$ref": "#/$defs/stats"}},
        {"if": {"properties": {"type": {"const": "end"}}}, "then": {"$ref": "#/$defs/end"}}
      ],
      "$defs": {
        "v": {"const": 1, "description": "The version of this contract."},
        "seq": {
          "type": "integer",
          "minimum": 0,
          "description": "Counts lines of an output within a run, without gaps, from 1. In hello: the line before this reader's first."
        },
        "time": {
          "type": "string",
          "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$",
          "description": "RFC 3339, UTC, microseconds. Absent from every line where hello says stable."
        },
        "name": {"type": "string", "minLength": 1},
        "count": {"type": "integer", "minimum": 0},
        "pts": {"type": "number", "description": "Seconds since the session of the stream began."},
        "milliseconds": {"type": "number"},
        "pixels": {"type": "integer", "minimum": 1},
        "confidence": {"type": "number"},
        "truncated": {
          "const": true,
          "description": "A list of this line was cut: it would have passed 1 MiB, or held numbers that are not finite."
        },
        "cause": {
          "enum": ["sampling", "gate", "overload", "lag", "corrupt", "failed", "shutdown", "output", "network", "restart"]
        },
        "hello": {
          "type": "object",
          "description": "Who speaks. The first line of every output, and again where a reload changed it.",
          "required": ["v", "type", "seq", "software", "version", "streams", "models"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "hello"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "run": {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", "description": "A ULID; a seq is unique within it."},
            "software": {"const": "ocelli"},
            "version": {"$ref": "#/$defs/name"},
            "stable": {"const": true, "description": "run, time, age_ms, infer_ms and outputs are left out of all lines."},
            "resume": {
              "type": "object",
              "required": ["oldest_seq"],
              "properties": {
                "oldest_seq": {"type": "integer", "minimum": 0, "description": "The oldest line that this reader can still be given."}
              }
            },
            "streams": {"type": "array", "items": {"$ref": "#/$defs/name"}},
            "models": {"type": "object", "additionalProperties": {"$ref": "#/$defs/model"}},
            "settings": {
              "type": "object",
              "description": "Of analyze: what was asked for and what was concluded of the model, by the options' names. It decides the lines.",
              "additionalProperties": {}
            },
            "truncated": {"$ref": "#/$defs/truncated"}
          }
        },
        "model": {
          "type": "object",
          "required": ["name", "task"],
          "properties": {
            "name": {"$ref": "#/$defs/name"},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "task": {"$ref": "#/$defs/name"},
            "labels": {"type": "array", "items": {"type": "string"}}
          }
        },
        "stream": {
          "type": "object",
          "description": "A stream changed its state.",
          "required": ["v", "type", "seq", "stream", "session", "state"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "stream"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "stream": {"$ref": "#/$defs/name"},
            "session": {"$ref": "#/$defs/count"},
            "state": {"enum": ["connecting", "up", "stalled", "down", "ended"]},
            "codec": {"$ref": "#/$defs/name"},
            "width": {"$ref": "#/$defs/pixels"},
            "height": {"$ref": "#/$defs/pixels"},
            "fps": {"type": "number"},
            "sample": {
              "type": "object",
              "description": "Which pictures are analysed by choice: so many a second, every n-th, one in so many seconds (`2s`), or key pictures (`key`).",
              "properties": {
                "fps": {"type": "number"},
                "every": {"type": ["integer", "string"]}
              }
            },
            "model": {"$ref": "#/$defs/name"},
            "url": {"$ref": "#/$defs/name"},
            "reason": {"$ref": "#/$defs/name"}
          }
        },
        "frame": {
          "type": "object",
          "description": "What was found in one picture: one of objects, classes, mask, text, embedding, outputs; text may have classes beside it.",
          "required": ["v", "type", "seq", "time_src", "stream", "session", "frame", "pts", "width", "height"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "frame"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "time_src": {"enum": ["rtcp", "container", "arrival", "clock"]},
            "stream": {"$ref": "#/$defs/name"},
            "session": {"$ref": "#/$defs/count"},
            "frame": {"type": "integer", "minimum": 0, "description": "Counts decoded pictures of the session, from 0."},
            "path": {"$ref": "#/$defs/name"},
            "pts": {"$ref": "#/$defs/pts"},
            "width": {"$ref": "#/$defs/pixels"},
            "height": {"$ref": "#/$defs/pixels"},
            "age_ms": {"$ref": "#/$defs/milliseconds"},
            "infer_ms": {"$ref": "#/$defs/milliseconds"},
            "objects": {"type": "array", "items": {"$ref": "#/$defs/object"}},
            "mask": {"type": "array", "items": {"$ref": "#/$defs/class_mask"}},
            "text": {"$ref": "#/$defs/text"},
            "classes": {"type": "array", "items": {"$ref": "#/$defs/class"}},
            "embedding": {"type": "array", "items": {"type": "number"}},
            "outputs": {"type": "array", "items": {"$ref": "#/$defs/output"}},
            "truncated": {"$ref": "#/$defs/truncated"}
          }
        },
        "object": {
          "type": "object",
          "required": ["class_id", "confidence", "box"],
          "properties": {
            "class_id": {"$ref": "#/$defs/count"},
            "label": {"$ref": "#/$defs/name"},
            "confidence": {"$ref": "#/$defs/confidence"},
            "box": {
              "type": "array",
              "description": "x1, y1, x2, y2 in pixels of the upright picture, origin top left.",
              "items": {"type": "number"},
              "minItems": 4,
              "maxItems": 4
            },
            "keypoints": {
              "type": "array",
              "description": "x, y and, where the model gives it, a confidence.",
              "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
            },
            "polygon": {"$ref": "#/$defs/points", "description": "The corners of a closed outline tighter than the box."},
            "line": {"$ref": "#/$defs/points", "description": "The points of an open line: a lane."},
            "mask": {"$ref": "#/$defs/mask"}
          }
        },
        "points": {
          "type": "array",
          "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        },
        "mask": {
          "type": "object",
          "description": "COCO's run-length encoding, compressed: size is height and width of the upright picture.",
          "required": ["size", "counts"],
          "properties": {
            "size": {"type": "array", "items": {"$ref": "#/$defs/pixels"}, "minItems": 2, "maxItems": 2},
            "counts": {"type": "string"}
          }
        },
        "class_mask": {
          "type": "object",
          "description": "The pixels of one class, as in mask.",
          "required": ["class_id", "size", "counts"],
          "properties": {
            "class_id": {"$ref": "#/$defs/count"},
            "label": {"$ref": "#/$defs/name"},
            "size": {"type": "array", "items": {"$ref": "#/$defs/pixels"}, "minItems": 2, "maxItems": 2},
            "counts": {"type": "string"}
          }
        },
        "text": {
          "type": "object",
          "description": "What was read: numbers of symbols, and the text where the symbols are known.",
          "required": ["symbols", "confidence"],
          "properties": {
            "value": {"type": "string"},
            "symbols": {"type": "array", "items": {"$ref": "#/$defs/count"}},
            "confidence": {"$ref": "#/$defs/confidence"}
          }
        },
        "class": {
          "type": "object",
          "required": ["class_id", "confidence"],
          "properties": {
            "class_id": {"$ref": "#/$defs/count"},
            "label": {"$ref": "#/$defs/name"},
            "confidence": {"$ref": "#/$defs/confidence"}
          }
        },
        "output": {
          "type": "object",
          "description": "A tensor of a model without a known head; values only where they fit the line.",
          "required": ["name", "shape", "type"],
          "properties": {
            "name": {"$ref": "#/$defs/name"},
            "shape": {"type": "array", "items": {"$ref": "#/$defs/count"}},
            "type": {"$ref": "#/$defs/name"},
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
            "values": {"type": "array", "items": {"type": "number"}}
          }
        },
        "gap": {
          "type": "object",
          "description": "What is missing in front of this line: pictures (frames), time, or lines of this reader (from_seq to to_seq, which is seq).",
          "required": ["v", "type", "seq", "cause"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "gap"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "stream": {"$ref": "#/$defs/name"},
            "cause": {"$ref": "#/$defs/cause"},
            "frames": {"$ref": "#/$defs/count"},
            "from_pts": {"$ref": "#/$defs/pts"},
            "to_pts": {"$ref": "#/$defs/pts"},
            "from_seq": {"$ref": "#/$defs/seq"},
            "to_seq": {"$ref": "#/$defs/seq"}
          }
        },
        "error": {
          "type": "object",
          "required": ["v", "type", "seq", "code", "message"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "error"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "stream": {"$ref": "#/$defs/name"},
            "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
            "message": {"$ref": "#/$defs/name"},
            "retry_in_s": {"type": "number"}
          }
        },
        "totals": {
          "type": "object",
          "description": "Pictures since the run began: received is the sum of all others.",
          "required": ["received", "analysed", "in_flight", "lost"],
          "properties": {
            "received": {"$ref": "#/$defs/count"},
            "analysed": {"$ref": "#/$defs/count"},
            "in_flight": {"$ref": "#/$defs/count"},
            "lost": {
              "type": "object",
              "properties": {
                "sampling": {"$ref": "#/$defs/count"},
                "gate": {"$ref": "#/$defs/count"},
                "overload": {"$ref": "#/$defs/count"},
                "lag": {"$ref": "#/$defs/count"},
                "corrupt": {"$ref": "#/$defs/count"},
                "failed": {"$ref": "#/$defs/count"},
                "shutdown": {"$ref": "#/$defs/count"},
                "output": {"$ref": "#/$defs/count"},
                "network": {"$ref": "#/$defs/count"},
                "restart": {"$ref": "#/$defs/count"}
              }
            },
            "age_ms": {
              "type": "object",
              "required": ["p50", "p99"],
              "properties": {
                "p50": {"$ref": "#/$defs/milliseconds"},
                "p99": {"$ref": "#/$defs/milliseconds"}
              }
            }
          }
        },
        "delivery": {
          "type": "object",
          "description": "Lines since the run began, once a reader: produced is the sum of delivered, lost and queued.",
          "required": ["produced", "delivered", "lost", "queued"],
          "properties": {
            "produced": {"$ref": "#/$defs/count"},
            "delivered": {"$ref": "#/$defs/count"},
            "lost": {"$ref": "#/$defs/count"},
            "queued": {"$ref": "#/$defs/count"},
            "readers": {"$ref": "#/$defs/count"}
          }
        },
        "stats": {
          "type": "object",
          "required": ["v", "type", "seq", "window_s", "streams"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "stats"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "window_s": {"type": "number", "description": "The stretch that ages are of; counts are since the run began."},
            "streams": {"type": "object", "additionalProperties": {"$ref": "#/$defs/totals"}},
            "outputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/delivery"}},
            "truncated": {"$ref": "#/$defs/truncated"}
          }
        },
        "end": {
          "type": "object",
          "description": "The last line of a run.",
          "required": ["v", "type", "seq", "reason", "frames", "streams", "exit_code"],
          "properties": {
            "v": {"$ref": "#/$defs/v"},
            "type": {"const": "end"},
            "seq": {"$ref": "#/$defs/seq"},
            "time": {"$ref": "#/$defs/time"},
            "reason": {"$ref": "#/$defs/name"},
            "frames": {"$ref": "#/$defs/totals"},
            "streams": {"type": "object", "additionalProperties": {"$ref": "#/$defs/totals"}},
            "outputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/delivery"}},
            "exit_code": {"$ref": "#/$defs/count"},
            "truncated": {"$ref": "#/$defs/truncated"}
          }
        }
      }
    }

    """#
}
