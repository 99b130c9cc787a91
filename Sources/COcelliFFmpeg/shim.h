// FFmpeg's headers, and what Swift cannot reach in them: macros, variadic calls, and the places
// where the versions 5.1 (libavutil 57), 6.1 (58) and 7.1 (59) differ. No state, inline only.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/videodev2.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavformat/avio.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/dict.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// The error codes that are macros of macros.
static inline int ocelli_error_eof(void) { return AVERROR_EOF; }
static inline int ocelli_error_exit(void) { return AVERROR_EXIT; }
static inline int ocelli_error_invalid_data(void) { return AVERROR_INVALIDDATA; }
static inline int ocelli_error_decoder_not_found(void) { return AVERROR_DECODER_NOT_FOUND; }
static inline int ocelli_error_demuxer_not_found(void) { return AVERROR_DEMUXER_NOT_FOUND; }
static inline int ocelli_error_protocol_not_found(void) { return AVERROR_PROTOCOL_NOT_FOUND; }
static inline int ocelli_error_stream_not_found(void) { return AVERROR_STREAM_NOT_FOUND; }
static inline int ocelli_error_patch_welcome(void) { return AVERROR_PATCHWELCOME; }
static inline int ocelli_error_http_unauthorized(void) { return AVERROR_HTTP_UNAUTHORIZED; }
static inline int ocelli_error_http_forbidden(void) { return AVERROR_HTTP_FORBIDDEN; }
static inline int ocelli_error_http_not_found(void) { return AVERROR_HTTP_NOT_FOUND; }
static inline int ocelli_error_http_bad_request(void) { return AVERROR_HTTP_BAD_REQUEST; }
static inline int ocelli_error_http_other(void) { return AVERROR_HTTP_OTHER_4XX; }
static inline int ocelli_error_http_server(void) { return AVERROR_HTTP_SERVER_ERROR; }

static inline int64_t ocelli_no_pts(void) { return AV_NOPTS_VALUE; }

// AV_FRAME_FLAG_KEY came with libavutil 58; before, and until it goes, key_frame says it.
static inline int ocelli_frame_is_key(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_KEY
  return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
  return frame->key_frame;
#endif
}

static inline int ocelli_frame_is_damaged(const AVFrame *frame) {
  return (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0;
}

// A number that travels with a packet through the decoder to the frame that comes of it.
// `reordered_opaque` went with libavcodec 61; opaques that are copied came with 60. The older way is
// the better one: a decoder's thread shows the number of the packet that it works on.
#define OCELLI_TAGS_ARE_SEEN (LIBAVCODEC_VERSION_MAJOR < 61)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

static inline int ocelli_tags_are_seen(void) { return OCELLI_TAGS_ARE_SEEN; }

static inline void ocelli_tag_packet(AVCodecContext *codec, AVPacket *packet, int64_t tag) {
#if OCELLI_TAGS_ARE_SEEN
  codec->reordered_opaque = tag;
  (void)packet;
#else
  codec->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
  packet->opaque = (void *)(intptr_t)tag;
#endif
}

static inline int64_t ocelli_frame_tag(const AVFrame *frame) {
#if OCELLI_TAGS_ARE_SEEN
  return frame->reordered_opaque;
#else
  return (int64_t)(intptr_t)frame->opaque;
#endif
}

// A decoder says that it made up what was missing. These lines are the only sign on which frame
// threads agree: the flags of a frame are set while another thread may have handed it out already.
static inline int ocelli_tells_concealment(const char *format) {
  return strncmp(format, "concealing ", 11) == 0 || strncmp(format, "Frame num gap", 13) == 0 ||
         strncmp(format, "Missing reference picture", 25) == 0 ||
         strncmp(format, "reference picture missing", 25) == 0;
}

// Whose log line this is: the `opaque` that our decoder or demuxer was given, else NULL.
// A decoder's thread works on a copy of the context, with the tag of its own packet; `tag` is -1
// where the version does not tell, and for demuxers.
static inline void *ocelli_log_owner(void *context, int *is_decoder, int64_t *tag) {
  *tag = -1;
  *is_decoder = 0;
  if (context == NULL) return NULL;
  const AVClass *kind = *(const AVClass *const *)context;
  // A helper that speaks in a decoder's name, as the check of picture sizes does.
  if (kind != NULL && kind != avcodec_get_class() && kind != avformat_get_class() &&
      kind->parent_log_context_offset > 0) {
    context = *(void **)((char *)context + kind->parent_log_context_offset);
    if (context == NULL) return NULL;
    kind = *(const AVClass *const *)context;
  }
  if (kind == avcodec_get_class()) {
    const AVCodecContext *codec = (const AVCodecContext *)context;
    *is_decoder = 1;
#if OCELLI_TAGS_ARE_SEEN
    *tag = codec->reordered_opaque;
#endif
    return codec->codec != NULL && av_codec_is_decoder(codec->codec) ? codec->opaque : NULL;
  }
  if (kind == avformat_get_class()) return ((const AVFormatContext *)context)->opaque;
  return NULL;
}

#pragma clang diagnostic pop

// Units: the stream's time base; 0 where unknown. `pkt_duration` became `duration` in libavutil 58.
static inline int64_t ocelli_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  return frame->duration;
#else
  return frame->pkt_duration;
#endif
}

// The 3x3 matrix that the frame itself bears, else NULL.
static inline const int32_t *ocelli_frame_matrix(const AVFrame *frame) {
  const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return side && side->size >= 9 * sizeof(int32_t) ? (const int32_t *)side->data : NULL;
}

// The 3x3 matrix that the container gives the stream, else NULL.
static inline const int32_t *ocelli_stream_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *held = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data,
      AV_PKT_DATA_DISPLAYMATRIX);
  if (held && held->size >= 9 * sizeof(int32_t)) return (const int32_t *)held->data;
  return NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

// libavdevice's major number moves with libavformat's.
static inline int ocelli_avdevice_major(void) { return LIBAVFORMAT_VERSION_MAJOR; }

// 0: a capture device. Else an errno, ENOTTY for a node that is no video device.
static inline int ocelli_query_capture(int descriptor) {
  struct v4l2_capability capability;
  memset(&capability, 0, sizeof capability);
  if (ioctl(descriptor, VIDIOC_QUERYCAP, &capability) != 0) return errno;
  unsigned able = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                 : capability.capabilities;
  return able & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE) ? 0 : ENOTTY;
}

static inline int ocelli_open(const char *path, int flags) { return open(path, flags | O_CLOEXEC); }
