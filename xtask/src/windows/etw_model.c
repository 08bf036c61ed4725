// A model of Event Tracing for Windows, for tests under Wine, which has none that works.
//
// It stands in for the few functions of advapi32.dll that control and read sessions; the program
// under test imports them from here because xtask changes the name of the library in a copy of it.
// What is delivered comes from a script that a test writes and may go on writing: one event in a
// line, `<provider> <keywords> <id> <version> <flags> <pid> <tid> <payload>`, in hexadecimal, the
// provider and the payload as bytes. A session gets the events of the providers that it enabled,
// if a keyword fits. `end` ends all sessions, as somebody else could. It is a model: it shows that
// the program does what it should with what we take the system to do, and proves nothing of Windows.
//
// Environment: ETW_MODEL_SCRIPT, and faults: ETW_MODEL_START, ETW_MODEL_ENABLE, ETW_MODEL_OPEN (an
// error for the first calls), ETW_MODEL_EXISTS (sessions that are there at first), ETW_MODEL_LOST
// (events that every session says it has lost), ETW_MODEL_LOG (a file that is told of every call).
#include <windows.h>
#include <evntrace.h>
#include <evntcons.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS 16
#define PROVIDERS 16
#define LINE 70000
#define TIMES 65536

struct session {
    int used, stopped, opened;
    WCHAR name[256];
    GUID guids[PROVIDERS];
    ULONGLONG any[PROVIDERS];
    int providers;
    ULONG flags;
    EVENT_TRACE_LOGFILEW log;
};

static struct session sessions[SESSIONS];
static char script_path[MAX_PATH];
// When each line of the script happened, which is when the first session came to it: later than
// the line before it, whichever session that is for.
static ULONGLONG times[TIMES];
static CRITICAL_SECTION lock;
static const GUID process = { 0x3d6fa8d0, 0xfe05, 0x11d0, { 0x9d, 0xda, 0x00, 0xc0, 0x4f, 0xd7, 0xba, 0x7c } };

static DWORD number(const char *name) {
    char text[64];
    return GetEnvironmentVariableA(name, text, sizeof text) ? strtoul(text, NULL, 0) : 0;
}

static void note(const char *call, const WCHAR *name, ULONG result) {
    char path[MAX_PATH];
    if (!GetEnvironmentVariableA("ETW_MODEL_LOG", path, sizeof path)) return;
    EnterCriticalSection(&lock);
    FILE *log = fopen(path, "a");
    if (log) {
        fprintf(log, "%s %ls %lu\n", call, name ? name : L"", result);
        fclose(log);
    }
    LeaveCriticalSection(&lock);
}

static struct session *find(const WCHAR *name) {
    for (int at = 0; at < SESSIONS; at++)
        if (sessions[at].used && !sessions[at].stopped && !wcscmp(sessions[at].name, name)) return &sessions[at];
    return NULL;
}

static struct session *of_handle(ULONGLONG handle) {
    return handle >= 1 && handle <= SESSIONS && sessions[handle - 1].used ? &sessions[handle - 1] : NULL;
}

static struct session *make(const WCHAR *name) {
    for (int at = 0; at < SESSIONS; at++)
        if (!sessions[at].used) {
            memset(&sessions[at], 0, sizeof sessions[at]);
            sessions[at].used = 1;
            wcsncpy(sessions[at].name, name, 255);
            return &sessions[at];
        }
    return NULL;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) {
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        InitializeCriticalSection(&lock);
        // A service has no environment of a test's: its script stands beside the model.
        if (!GetEnvironmentVariableA("ETW_MODEL_SCRIPT", script_path, sizeof script_path)) {
            DWORD length = GetModuleFileNameA(self, script_path, sizeof script_path - 8);
            strcpy(script_path + length, ".script");
        }
        if (number("ETW_MODEL_EXISTS")) {
            make(L"Packhound-Process");
            make(L"Packhound-System");
            make(L"Packhound-File");
        }
    }
    return TRUE;
}

ULONG WINAPI StartTraceW(PTRACEHANDLE handle, LPCWSTR name, PEVENT_TRACE_PROPERTIES properties) {
    ULONG result = number("ETW_MODEL_START");
    *handle = 0;
    EnterCriticalSection(&lock);
    if (!result && find(name)) result = ERROR_ALREADY_EXISTS;
    // What the system itself refuses.
    if (!result && (properties->BufferSize < 4 || properties->BufferSize > 16384 || properties->MinimumBuffers < 2
                    || properties->MaximumBuffers < properties->MinimumBuffers || !properties->FlushTimer
                    || !(properties->LogFileMode & EVENT_TRACE_REAL_TIME_MODE)))
        result = ERROR_INVALID_PARAMETER;
    if (!result) {
        struct session *session = make(name);
        if (!session) result = ERROR_NO_SYSTEM_RESOURCES;
        else {
            session->flags = properties->EnableFlags;
            *handle = (ULONGLONG)(session - sessions) + 1;
        }
    }
    LeaveCriticalSection(&lock);
    note("start", name, result);
    return result;
}

ULONG WINAPI EnableTraceEx2(TRACEHANDLE handle, LPCGUID guid, ULONG what, UCHAR level, ULONGLONG any, ULONGLONG all,
                            ULONG wait, PENABLE_TRACE_PARAMETERS parameters) {
    (void)level; (void)all; (void)wait; (void)parameters;
    struct session *session = of_handle(handle);
    ULONG result = number("ETW_MODEL_ENABLE");
    if (!session) result = ERROR_INVALID_HANDLE;
    if (!result && what == EVENT_CONTROL_CODE_ENABLE_PROVIDER && session->providers < PROVIDERS) {
        session->guids[session->providers] = *guid;
        session->any[session->providers++] = any;
    }
    note(what == EVENT_CONTROL_CODE_CAPTURE_STATE ? "capture" : "enable", session ? session->name : NULL, result);
    return result;
}

ULONG WINAPI ControlTraceW(TRACEHANDLE handle, LPCWSTR name, PEVENT_TRACE_PROPERTIES properties, ULONG what) {
    EnterCriticalSection(&lock);
    struct session *session = name ? find(name) : of_handle(handle);
    if (session && session->stopped) session = NULL;
    if (session) {
        properties->Wnode.HistoricalContext = (ULONGLONG)(session - sessions) + 1;
        properties->EventsLost = number("ETW_MODEL_LOST");
        properties->RealTimeBuffersLost = 0;
        if (what == EVENT_TRACE_CONTROL_STOP) session->stopped = 1;
    }
    LeaveCriticalSection(&lock);
    ULONG result = session ? 0 : ERROR_WMI_INSTANCE_NOT_FOUND;
    if (what == EVENT_TRACE_CONTROL_STOP) note("stop", session ? session->name : name, result);
    return result;
}

TRACEHANDLE WINAPI OpenTraceW(PEVENT_TRACE_LOGFILEW log) {
    DWORD error = number("ETW_MODEL_OPEN");
    struct session *session = find(log->LoggerName);
    if (!error && !session) error = ERROR_WMI_INSTANCE_NOT_FOUND;
    note("open", log->LoggerName, error);
    if (error) {
        SetLastError(error);
        return (TRACEHANDLE)-1;
    }
    session->log = *log;
    session->opened = 1;
    return (ULONGLONG)(session - sessions) + 1;
}

ULONG WINAPI CloseTrace(TRACEHANDLE handle) {
    (void)handle;
    return ERROR_SUCCESS;
}

ULONG WINAPI TraceQueryInformation(TRACEHANDLE handle, TRACE_INFO_CLASS what, PVOID into, ULONG length, PULONG needed) {
    (void)handle; (void)what; (void)into; (void)length; (void)needed;
    return ERROR_NOT_SUPPORTED;
}

static int hexadecimal(const char *text, BYTE *into, int most) {
    int length = 0;
    unsigned byte;
    while (length < most && sscanf(text + 2 * length, "%2x", &byte) == 1) into[length++] = (BYTE)byte;
    return length;
}

static ULONGLONG time_of(unsigned number) {
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    ULONGLONG time = (ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime;
    number %= TIMES;
    EnterCriticalSection(&lock);
    ULONGLONG before = number ? times[number - 1] : 0;
    if (!times[number]) times[number] = time > before ? time : before + 1;
    time = times[number];
    LeaveCriticalSection(&lock);
    return time;
}

static void deliver(struct session *session, ULONGLONG time, char *line, char *payload, BYTE *bytes) {
    char guid[64];
    unsigned long long keywords;
    unsigned id, version, flags, pid, tid;
    payload[0] = 0;
    if (sscanf(line, "%63s %llx %u %u %x %u %u %69999s", guid, &keywords, &id, &version, &flags, &pid, &tid, payload) < 7) return;
    EVENT_RECORD event;
    memset(&event, 0, sizeof event);
    hexadecimal(guid, (BYTE *)&event.EventHeader.ProviderId, 16);
    int wanted = session->flags & EVENT_TRACE_FLAG_PROCESS && IsEqualGUID(&event.EventHeader.ProviderId, &process);
    for (int at = 0; at < session->providers; at++)
        if (IsEqualGUID(&event.EventHeader.ProviderId, &session->guids[at]))
            wanted |= !session->any[at] || (session->any[at] & keywords) != 0;
    if (!wanted) return;
    event.EventHeader.Size = sizeof event.EventHeader;
    event.EventHeader.Flags = (USHORT)flags;
    event.EventHeader.ProcessId = pid;
    event.EventHeader.ThreadId = tid;
    event.EventHeader.TimeStamp.QuadPart = (LONGLONG)time;
    event.EventHeader.EventDescriptor.Id = (USHORT)(flags & EVENT_HEADER_FLAG_CLASSIC_HEADER ? 0 : id);
    event.EventHeader.EventDescriptor.Opcode = (UCHAR)id;
    event.EventHeader.EventDescriptor.Version = (UCHAR)version;
    event.EventHeader.EventDescriptor.Keyword = keywords;
    event.UserDataLength = (USHORT)hexadecimal(payload, bytes, LINE / 2);
    event.UserData = bytes;
    event.UserContext = session->log.Context;
    session->log.EventRecordCallback(&event);
}

ULONG WINAPI ProcessTrace(PTRACEHANDLE handles, ULONG count, LPFILETIME from, LPFILETIME to) {
    (void)count; (void)from; (void)to;
    struct session *session = of_handle(handles[0]);
    if (!session) return ERROR_INVALID_HANDLE;
    // Lines, payloads and bytes of this thread's session; it ends with the program.
    char *line = malloc(LINE), *payload = malloc(LINE);
    BYTE *bytes = malloc(LINE / 2);
    if (!line || !payload || !bytes) return ERROR_NOT_ENOUGH_MEMORY;
    long at = 0;
    unsigned number = 0;
    while (!session->stopped) {
        FILE *script = fopen(script_path, "rb");
        if (script) {
            fseek(script, at, SEEK_SET);
            // A line counts once its end is there.
            while (!session->stopped && fgets(line, LINE, script) && strchr(line, '\n')) {
                at = ftell(script);
                if (!strncmp(line, "end", 3)) {
                    fclose(script);
                    return ERROR_SUCCESS;
                }
                deliver(session, time_of(number++), line, payload, bytes);
            }
            fclose(script);
        }
        Sleep(10);
    }
    return ERROR_SUCCESS;
}
