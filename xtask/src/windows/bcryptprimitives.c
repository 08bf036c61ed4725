/* Wine 8 lacks bcryptprimitives.dll, whose only function every Rust program needs: random bytes.
   They come from the older interface for the same thing (RtlGenRandom). */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    while (length != 0) {
        ULONG part = length < 0x100000 ? (ULONG)length : 0x100000;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}
