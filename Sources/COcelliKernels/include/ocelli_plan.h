// The form of a plan (docs/engine.md): steps are chains of row kernels over ranges of rows; what a
// kernel reads and writes are views, which may be rings; the run loop and its barrier stand in run.c.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Where a view's memory lies. What is fixed in a plan is an offset; the bases belong to whoever runs.
enum {
  OCK_SPACE_ARENA,    // activations of one run
  OCK_SPACE_WEIGHTS,  // packed constants, shared and read only
  OCK_SPACE_SCRATCH,  // a worker's own: rings and kernels' temporaries
  OCK_SPACES
};

typedef struct {
  uint8_t *base[OCK_SPACES];
} ock_bases;

// Rows of a tensor: row y stands at base[space] + offset + ((y + first) mod ring)·pitch.
// ring 0: the whole tensor, row y at offset + y·pitch. Units: offset and pitch in bytes.
typedef struct {
  int64_t offset;
  int64_t pitch;
  int32_t ring;
  int32_t first;
  int32_t space;
} ock_view;

static inline void *ock_row(const ock_bases *bases, const ock_view *view, int32_t y) {
  int64_t slot = view->ring ? (y + view->first) % view->ring : y;
  return bases->base[view->space] + view->offset + slot * view->pitch;
}

// Every kernel's arguments begin with its operands: 0 is the output, then the inputs.
enum { OCK_OPERANDS = 4 };

// Computes rows y0 ≤ y < y1 of the output from rows of the inputs.
typedef void (*ock_rows_fn)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases);

// The halo around an output that its readers count on: `value` in `pixels` left and right of every
// row and in the rows before the first and after the last.
typedef struct {
  int32_t top, bottom, left, right;  // rows, rows, pixels, pixels
  int32_t width;                     // pixels of a row without the halo
  int32_t channels;                  // elements of a pixel that belong to this output
  int32_t pixel;                     // elements from pixel to pixel
  int32_t bytes;                     // 1: the elements are bytes; 0: floats
  float value;
} ock_border;

// One kernel of a chain. Rows y0…y1 of its output need rows y0·stride − before … (y1 − 1)·stride + after
// (inclusive) of the output of the link before it.
typedef struct {
  ock_rows_fn fn;
  const void *args;
  ock_border border;
  int32_t rows;
  int32_t stride, before, after;
  int32_t granularity;  // ranges begin at multiples of it, and end there or at the last row; ≥ 1
} ock_link;

// A chain of links, cut into tiles of `tile_rows` rows of the last link's output. Tiles are taken by
// whoever is free; a tile runs in stripes of `stripe_rows`, so that what lies between the links stays
// in the worker's rings. A chain of one link is a whole layer.
typedef struct {
  const ock_link *links;
  int32_t link_count;
  int32_t tile_rows;
  int32_t tile_count;
  int32_t stripe_rows;
} ock_step;

typedef struct {
  const ock_step *steps;
  int32_t step_count;
} ock_plan;

enum { OCK_LINKS_MAX = 8 };

// Runs neighbouring tiles of a step as one, on the calling thread.
void ock_run_tiles(const ock_step *step, int32_t tile, int32_t count, const ock_bases *bases);

// A crew of threads that run plans together with their caller.
typedef struct ock_crew ock_crew;

// `threads` counts the caller: threads − 1 are made. NULL where that fails.
ock_crew *ock_crew_create(int32_t threads);
void ock_crew_destroy(ock_crew *crew);
int32_t ock_crew_threads(const ock_crew *crew);

// Runs a plan. `bases`: one for each thread, they differ in the scratch. `nanoseconds`: where not
// NULL, one count a step, to which the step's time is added. One call at a time on a crew.
void ock_crew_run(ock_crew *crew, const ock_plan *plan, const ock_bases *bases,
                  int64_t *nanoseconds);
