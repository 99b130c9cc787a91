#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libcurl behind three functions. It is opened at its first use and never linked: with its twenty
// libraries it would make every start of the program several milliseconds longer.

/// Opens libcurl, once for the process. Returns: NULL, or why it cannot be used.
const char *ocelli_curl_missing(void);

/// The version of the library that was opened; NULL where there is none.
const char *ocelli_curl_version(void);

/// What stands in a URL, read by the same parser that connects.
typedef struct {
  char scheme[16];
  char host[256];
  /// A user or a password stands in it.
  bool has_credentials;
} ocelli_curl_place;

/// Returns: false where libcurl does not take it for an http(s) URL with a host.
bool ocelli_curl_read_url(const char *url, ocelli_curl_place *place);

/// What has been learnt of an answer so far.
typedef struct {
  /// The status of HTTP; 0 before there is one.
  long status;
  /// Of this body, as the server says; -1 where it does not. Units: bytes.
  int64_t length;
  /// Where the part that is sent begins; -1 where the server does not say.
  int64_t range_start;
  /// Where the server points, absolute; NULL for none. The caller frees it.
  char *redirect;
  /// libcurl's own words about a failure; empty where it has none.
  char words[256];
} ocelli_curl_answer;

typedef struct {
  const char *url;
  const char *agent;
  /// The first byte that is wanted; 0 asks for all. Units: bytes.
  int64_t from;
  /// Units: seconds.
  long connect_seconds;
  /// So long may less than `stall_rate` bytes a second come. Units: seconds.
  long stall_seconds;
  long stall_rate;
  /// Go to the host itself, whatever proxy the environment names.
  bool skip_proxy;
  /// Takes a piece of the body. Returns: false to end the transfer.
  bool (*body)(const char *bytes, size_t count, const ocelli_curl_answer *answer, void *context);
  void *context;
} ocelli_curl_request;

enum ocelli_curl_end {
  /// The server said all that it had to say.
  OCELLI_CURL_DONE,
  /// `body` wanted no more.
  OCELLI_CURL_STOPPED,
  /// The connection broke off, or nothing came for too long.
  OCELLI_CURL_CUT,
  OCELLI_CURL_TIMED_OUT,
  /// There is no such host, or nobody listens there.
  OCELLI_CURL_NOT_REACHED,
  /// The certificate is not one that this machine trusts.
  OCELLI_CURL_NOT_TRUSTED,
  OCELLI_CURL_FAILED,
};

/// One GET, without following redirects. Blocks. Needs `ocelli_curl_missing() == NULL`.
enum ocelli_curl_end ocelli_curl_get(
    const ocelli_curl_request *request, ocelli_curl_answer *answer);
