// The way from a multiboot loader to `start` in 64-bit mode with AVX-512 enabled, and exceptions told to
// `fault`. Memory is mapped as it is, 1 GiB in pages of 2 MiB; GUARDED (64 MiB on) in pages of 4 KiB, every
// 16th of which is absent.
// Source: Multiboot 0.6.96; Intel SDM volume 3, sections 4.5, 6.14, 9.8.5.
  .set GUARDED, 64 << 20
  .set GUARDED_TABLES, 8

  .section .boot, "ax"
  .code32
header:
  .long 0x1BADB002, 0x00010000, -(0x1BADB002 + 0x00010000)
  .long header, header, loaded_end, bss_end, entry

  .globl entry
entry:
  cli
  mov $stack_top, %esp
  // Tables: one of 512 GiB, one of 1 GiB, one of 2 MiB, and GUARDED_TABLES of 4 KiB.
  movl $(level3 + 3), level4
  movl $(level2 + 3), level3
  mov $level2, %edi
  mov $0x83, %eax
  mov $512, %ecx
1: mov %eax, (%edi)
  movl $0, 4(%edi)
  add $8, %edi
  add $(2 << 20), %eax
  loop 1b
  mov $(level2 + (GUARDED >> 21) * 8), %edi
  mov $(level1 + 3), %eax
  mov $GUARDED_TABLES, %ecx
2: mov %eax, (%edi)
  add $8, %edi
  add $4096, %eax
  loop 2b
  mov $level1, %edi
  mov $(GUARDED + 3), %eax
  mov $(512 * GUARDED_TABLES), %ecx
3: mov %eax, (%edi)
  mov %eax, %ebx
  and $(15 << 12), %ebx
  cmp $(15 << 12), %ebx
  jne 4f
  movl $0, (%edi)
4: add $8, %edi
  add $4096, %eax
  loop 3b
  mov $level4, %eax
  mov %eax, %cr3
  mov %cr4, %eax
  or $0x40620, %eax  // PAE, OSFXSR, OSXMMEXCPT, OSXSAVE
  mov %eax, %cr4
  mov $0xC0000080, %ecx
  rdmsr
  or $0x100, %eax  // long mode
  wrmsr
  mov %cr0, %eax
  and $~0x4, %eax  // no x87 emulation
  or $0x80000003, %eax
  mov %eax, %cr0
  lgdt descriptor_table
  ljmp $8, $5f
  .code64
5: mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %ecx, %ecx
  mov $0xE7, %eax  // x87, SSE, AVX, AVX-512
  xor %edx, %edx
  xsetbv
  // Interrupt gates for the 32 exceptions.
  lea gates(%rip), %rdi
  lea stub0(%rip), %rax
  mov $32, %ecx
6: mov %ax, (%rdi)
  movw $8, 2(%rdi)
  movw $0x8E00, 4(%rdi)
  mov %rax, %rdx
  shr $16, %rdx
  mov %dx, 6(%rdi)
  movq $0, 8(%rdi)
  add $16, %rdi
  add $16, %rax
  loop 6b
  lidt gate_table
  xor %ebp, %ebp
  call start
7: hlt
  jmp 7b

  .balign 16
stub0:
  .set vector, 0
  .rept 32
  .balign 16
  mov $vector, %edi
  jmp told
  .set vector, vector + 1
  .endr
told:
  mov (%rsp), %rsi
  mov 8(%rsp), %rdx
  mov %cr2, %rcx
  and $-64, %rsp
  call fault
  jmp 7b

  .balign 8
descriptors:
  .quad 0, 0x00AF9A000000FFFF, 0x00CF92000000FFFF
descriptor_table:
  .word . - descriptors - 1
  .long descriptors, 0
gate_table:
  .word 32 * 16 - 1
  .quad gates

  .section .note.GNU-stack, "", @progbits
  .section .bss, "aw", @nobits
  .balign 4096
level4: .skip 4096
level3: .skip 4096
level2: .skip 4096
level1: .skip 4096 * GUARDED_TABLES
gates: .skip 512
  .balign 64
  .skip 1 << 18
stack_top:
