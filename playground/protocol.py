"""Every message between the app and the host process: JSON objects, distinguished by "type", the struct's name."""

import msgspec

from playground import xray_messages
from playground.assembly_messages import Assemble, Assembled, Compare, Comparison
from playground.messages import Answer, Cancel, Done, Failed, Generate, Open, Opened, Started

Request = Open | Generate | Cancel | Assemble | Compare | xray_messages.Request
Event = Opened | Started | Answer | Done | Failed | Assembled | Comparison | xray_messages.Event

encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
decode_event = msgspec.json.Decoder(Event).decode
