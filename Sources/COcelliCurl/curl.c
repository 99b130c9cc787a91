#include "COcelliCurl.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The functions that are used, under their own types. What libcurl makes macros of (setopt,
// getinfo) is variadic beneath.
#define FUNCTIONS(X)                                                                              \
  X(curl_global_init) X(curl_version) X(curl_free) X(curl_url) X(curl_url_cleanup)                \
  X(curl_url_set) X(curl_url_get) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_getinfo)      \
  X(curl_easy_perform) X(curl_easy_cleanup) X(curl_easy_strerror)
#define DECLARE(name) static __typeof__(name) *p_##name;
FUNCTIONS(DECLARE)

static const char *missing;
static char reason[256];

static void load(void) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *words = dlerror();
    snprintf(reason, sizeof reason, "%s", words ? words : "libcurl.so.4 cannot be loaded");
    missing = reason;
    return;
  }
#define RESOLVE(name)                                                                             \
  p_##name = (__typeof__(p_##name))dlsym(library, #name);                                         \
  if (!p_##name) {                                                                                \
    missing = "libcurl.so.4 lacks " #name;                                                        \
    return;                                                                                       \
  }
  FUNCTIONS(RESOLVE)
  if (p_curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) missing = "libcurl cannot begin";
}

const char *ocelli_curl_missing(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return missing;
}

const char *ocelli_curl_version(void) { return ocelli_curl_missing() ? NULL : p_curl_version(); }

static bool part(CURLU *url, CURLUPart which, char *text, size_t room) {
  char *found = NULL;
  if (p_curl_url_get(url, which, &found, 0) != CURLUE_OK) return false;
  size_t length = strlen(found);
  if (text && length < room) memcpy(text, found, length + 1);
  p_curl_free(found);
  return !text || length < room;
}

bool ocelli_curl_read_url(const char *text, ocelli_curl_place *place) {
  memset(place, 0, sizeof *place);
  if (ocelli_curl_missing()) return false;
  CURLU *url = p_curl_url();
  if (!url) return false;
  bool fits = p_curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
              part(url, CURLUPART_SCHEME, place->scheme, sizeof place->scheme) &&
              part(url, CURLUPART_HOST, place->host, sizeof place->host) && place->host[0];
  if (fits) {
    place->has_credentials =
        part(url, CURLUPART_USER, NULL, 0) || part(url, CURLUPART_PASSWORD, NULL, 0);
  }
  p_curl_url_cleanup(url);
  return fits && (!strcmp(place->scheme, "https") || !strcmp(place->scheme, "http"));
}

typedef struct {
  const ocelli_curl_request *request;
  ocelli_curl_answer *answer;
  CURL *handle;
  size_t header_bytes;
} call;

// More headers than this no honest server sends. Units: bytes.
enum { most_headers = 256 << 10 };

static size_t take_header(char *bytes, size_t one, size_t count, void *context) {
  call *c = context;
  size_t length = one * count;
  c->header_bytes += length;
  if (c->header_bytes > most_headers) return CURL_WRITEFUNC_ERROR;
  char line[128];
  if (length < sizeof line) {
    memcpy(line, bytes, length);
    line[length] = 0;
    long long start = -1;
    if (!strncmp(line, "HTTP/", 5)) c->answer->range_start = -1;
    if (!strncasecmp(line, "content-range:", 14) && sscanf(line + 14, " bytes %lld-", &start) == 1)
      c->answer->range_start = start;
  }
  return length;
}

static void learn(call *c) {
  curl_off_t length = -1;
  p_curl_easy_getinfo(c->handle, CURLINFO_RESPONSE_CODE, &c->answer->status);
  p_curl_easy_getinfo(c->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  c->answer->length = length;
}

static size_t take_body(char *bytes, size_t one, size_t count, void *context) {
  call *c = context;
  learn(c);
  size_t length = one * count;
  return c->request->body(bytes, length, c->answer, c->request->context)
             ? length
             : (size_t)CURL_WRITEFUNC_ERROR;
}

static enum ocelli_curl_end end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return OCELLI_CURL_DONE;
    case CURLE_WRITE_ERROR: return OCELLI_CURL_STOPPED;
    case CURLE_OPERATION_TIMEDOUT: return OCELLI_CURL_TIMED_OUT;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return OCELLI_CURL_NOT_REACHED;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return OCELLI_CURL_CUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR: return OCELLI_CURL_NOT_TRUSTED;
    default: return OCELLI_CURL_FAILED;
  }
}

enum ocelli_curl_end ocelli_curl_get(
    const ocelli_curl_request *request, ocelli_curl_answer *answer) {
  memset(answer, 0, sizeof *answer);
  answer->length = answer->range_start = -1;
  CURL *handle = p_curl_easy_init();
  if (!handle) return OCELLI_CURL_FAILED;
  call c = {.request = request, .answer = answer, .handle = handle};
  char range[32];
  CURLcode code = CURLE_OK;
#define SET(option, value) \
  if (code == CURLE_OK) code = p_curl_easy_setopt(handle, option, value)
  SET(CURLOPT_ERRORBUFFER, answer->words);
  SET(CURLOPT_URL, request->url);
  SET(CURLOPT_USERAGENT, request->agent);
  SET(CURLOPT_PROTOCOLS_STR, "https,http");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  SET(CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
  SET(CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
  SET(CURLOPT_LOW_SPEED_LIMIT, request->stall_rate);
  SET(CURLOPT_HEADERFUNCTION, take_header);
  SET(CURLOPT_HEADERDATA, (void *)&c);
  SET(CURLOPT_WRITEFUNCTION, take_body);
  SET(CURLOPT_WRITEDATA, (void *)&c);
  if (request->skip_proxy) SET(CURLOPT_PROXY, "");
  if (request->from > 0) {
    snprintf(range, sizeof range, "%lld-", (long long)request->from);
    SET(CURLOPT_RANGE, range);
  }
#undef SET
  if (code == CURLE_OK) code = p_curl_easy_perform(handle);
  learn(&c);
  char *redirect = NULL;
  p_curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &redirect);
  if (redirect) answer->redirect = strdup(redirect);
  if (code != CURLE_OK && !answer->words[0])
    snprintf(answer->words, sizeof answer->words, "%s", p_curl_easy_strerror(code));
  p_curl_easy_cleanup(handle);
  return end_of(code);
}
