//! Beginnings of functions as compilers write them.

use super::super::catalogue::CATALOGUE;
use super::*;
use crate::elf::Function;

fn check(function: &str, code: &[u8], expected: u64) {
    if !IS_X86_64 {
        return;
    }
    let functions = [Function {
        offset: 1,
        name: function.as_bytes().to_vec(),
    }];
    let place = CATALOGUE.places(&functions).swap_remove(0);
    assert_eq!(cheapest(code, &place.entry), expected, "{code:x?}");
}

#[test]
fn the_first_instruction_that_is_emulated() {
    // push %r15
    check("deflateInit2_", &[0x41, 0x57, 0x41, 0x89, 0xf7], 0);
    // endbr64; push %rbp
    check("deflateInit2_", &[0xf3, 0x0f, 0x1e, 0xfa, 0x55], 4);
    // sub $0x10,%rsp; push $0; call
    let called = [
        0x48, 0x83, 0xec, 0x10, 0x6a, 0x00, 0xe8, 0x85, 0xf3, 0xff, 0xff,
    ];
    check("EVP_CipherInit_ex", &called, 6);
    // endbr64; sub $0x1000,%rsp; push %rbx
    let large = [
        0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00, 0x53,
    ];
    check("deflateInit2_", &large, 11);
}

#[test]
fn an_argument_that_is_read_is_not_passed_by() {
    // mov $1,%r9d; jmp
    let code = [
        0x41, 0xb9, 0x01, 0x00, 0x00, 0x00, 0xe9, 0xb5, 0xf7, 0xeb, 0xff,
    ];
    check("EVP_EncryptInit_ex", &code, 6);
    check("EVP_CipherInit_ex", &code, 0);
}

#[test]
fn what_is_not_known_stays_at_the_beginning() {
    // mov %rdi,%rax; push %rbp
    check("deflateInit2_", &[0x48, 0x89, 0xf8, 0x55], 0);
    // Cut, and a beginning without end.
    check("deflateInit2_", &[], 0);
    check("deflateInit2_", &[0x48, 0x83, 0xec], 0);
    check("deflateInit2_", &[0x6a; 48], 0);
}
