"""Models of sensors that send events: camera, cochlea, converter."""

from ranvier.encode.sensors._cochlea import biquad_bank as biquad_bank
from ranvier.encode.sensors._cochlea import centre_frequencies_hz as centre_frequencies_hz
from ranvier.encode.sensors._cochlea import equivalent_bandwidth_hz as equivalent_bandwidth_hz
from ranvier.encode.sensors._cochlea import gammatone_bank as gammatone_bank
from ranvier.encode.sensors._cochlea import half_wave as half_wave
from ranvier.encode.sensors._cochlea import leaky_events as leaky_events
from ranvier.encode.sensors._cochlea import log_compression as log_compression
from ranvier.encode.sensors._cochlea import power_compression as power_compression
from ranvier.encode.sensors._cochlea import silicon_cochlea as silicon_cochlea
from ranvier.encode.sensors._converter import LevelCrossingConverter as LevelCrossingConverter
from ranvier.encode.sensors._converter import LevelSamples as LevelSamples
from ranvier.encode.sensors._converter import convert_by_levels as convert_by_levels
from ranvier.encode.sensors._converter import decode_levels as decode_levels
from ranvier.encode.sensors._event_camera import CAMERAS as CAMERAS
from ranvier.encode.sensors._event_camera import Camera as Camera
from ranvier.encode.sensors._event_camera import event_camera as event_camera
from ranvier.encode.sensors._event_camera import lin_log as lin_log
from ranvier.encode.sensors._event_camera import pure_log as pure_log
from ranvier.encode.sensors._events import PixelEvents as PixelEvents
from ranvier.encode.sensors._events import channel_events as channel_events
from ranvier.encode.sensors._photoreceptor import photoreceptor_noise as photoreceptor_noise
from ranvier.encode.sensors._scene_events import scene_events as scene_events
