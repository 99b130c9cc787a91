#include <stdarg.h>

#include "machine.h"

static void put_number(unsigned n, unsigned base) {
  if (n >= base) put_number(n / base, base);
  put_character("0123456789abcdef"[n % base]);
}

void say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  for (; *format; format++) {
    if (*format != '%') {
      put_character(*format);
      continue;
    }
    format++;
    if (*format == 's') {
      for (const char *s = va_arg(list, const char *); *s; s++) put_character(*s);
    } else {
      int value = va_arg(list, int);
      if (*format == 'd' && value < 0) put_character('-');
      put_number(*format == 'd' && value < 0 ? 0u - (unsigned)value : (unsigned)value,
                 *format == 'd' ? 10 : 16);
    }
  }
  va_end(list);
}
