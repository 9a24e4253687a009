using System.Collections;
using System.Runtime.InteropServices.Marshalling;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// Starts programs with posix_spawn, which does not copy this process. Signal dispositions and masks of the program are the defaults,
/// whatever the runtime made of ours.
/// </summary>
public static unsafe class ProcessSpawner
{
    private const short POSIX_SPAWN_SETPGROUP = 0x02;
    private const short POSIX_SPAWN_SETSIGDEF = 0x04;
    private const short POSIX_SPAWN_SETSIGMASK = 0x08;
    private const short POSIX_SPAWN_SETSID = 0x80;

    // Both are opaque: 80 and 336 bytes with glibc, more nowhere.
    private const int FileActionsSize = 256;
    private const int AttributesSize = 512;
    private const int SignalSetSize = 128;

    private static readonly Lazy<IReadOnlyList<string>> OwnEnvironment = new(ReadOwnEnvironment);

    /// <summary>Starts the program and returns its pid, which the caller must reap.</summary>
    /// <exception cref="LinuxException">It can't be executed.</exception>
    public static int Spawn(SpawnRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using HandleList files = new(request);
        using NativeStrings arguments = new(request.Arguments);
        using NativeStrings environment = new(request.Environment ?? OwnEnvironment.Value);
        byte* actions = stackalloc byte[FileActionsSize];
        byte* attributes = stackalloc byte[AttributesSize];
        byte* directory = Utf8StringMarshaller.ConvertToUnmanaged(request.WorkingDirectory);
        ThrowOnError(ProcessCalls.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        ThrowOnError(ProcessCalls.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        try
        {
            AddFileActions(actions, files, directory);
            SetAttributes(attributes, request);
            return Execute(request.Path, actions, attributes, arguments.Pointer, environment.Pointer);
        }
        finally
        {
            _ = ProcessCalls.posix_spawnattr_destroy(attributes);
            _ = ProcessCalls.posix_spawn_file_actions_destroy(actions);
            Utf8StringMarshaller.Free(directory);
        }
    }

    private static int Execute(string path, byte* actions, byte* attributes, byte** arguments, byte** environment)
    {
        if (ReadOnlyPrograms.Find(path) is SafeFileHandle mount)
        {
            bool held = false;
            mount.DangerousAddRef(ref held);
            int error = Execute(ReadOnlyPrograms.PathOf(mount), actions, attributes, arguments, environment, out int started);
            mount.DangerousRelease();
            if (error == 0)
            {
                return started;
            }
        }

        ThrowOnError(Execute(path, actions, attributes, arguments, environment, out int pid), "posix_spawn", path);
        return pid;
    }

    private static int Execute(string path, byte* actions, byte* attributes, byte** arguments, byte** environment, out int pid)
    {
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            fixed (int* started = &pid)
            {
                return ProcessCalls.posix_spawn(started, text, actions, attributes, arguments, environment);
            }
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    private static void AddFileActions(byte* actions, HandleList files, byte* directory)
    {
        fixed (byte* nullDevice = "/dev/null\0"u8)
        {
            for (int target = 0; target < files.Count; target++)
            {
                int source = files[target];
                ThrowOnError(
                    source < 0
                        ? ProcessCalls.posix_spawn_file_actions_addopen(actions, target, nullDevice, LibC.O_RDWR, 0)
                        : ProcessCalls.posix_spawn_file_actions_adddup2(actions, source, target),
                    "posix_spawn_file_actions_adddup2");
            }
        }

        ThrowOnError(ProcessCalls.posix_spawn_file_actions_addclosefrom_np(actions, files.Count), "posix_spawn_file_actions_addclosefrom_np");
        ThrowOnError(ProcessCalls.posix_spawn_file_actions_addchdir_np(actions, directory), "posix_spawn_file_actions_addchdir_np");
    }

    private static void SetAttributes(byte* attributes, SpawnRequest request)
    {
        byte* signals = stackalloc byte[SignalSetSize];
        new Span<byte>(signals, SignalSetSize).Clear();
        ThrowOnError(ProcessCalls.posix_spawnattr_setsigmask(attributes, signals), "posix_spawnattr_setsigmask");
        new Span<byte>(signals, SignalSetSize).Fill(0xFF);
        ThrowOnError(ProcessCalls.posix_spawnattr_setsigdefault(attributes, signals), "posix_spawnattr_setsigdefault");
        ThrowOnError(ProcessCalls.posix_spawnattr_setpgroup(attributes, 0), "posix_spawnattr_setpgroup");
        short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        flags |= request.NewProcessGroup ? POSIX_SPAWN_SETPGROUP : (short)0;
        flags |= request.NewSession ? POSIX_SPAWN_SETSID : (short)0;
        ThrowOnError(ProcessCalls.posix_spawnattr_setflags(attributes, flags), "posix_spawnattr_setflags");
    }

    private static void ThrowOnError(int errno, string call, string? path = null)
    {
        if (errno != 0)
        {
            throw new LinuxException(call, path, errno);
        }
    }

    /// <summary>Without what service managers address to this process alone.</summary>
    private static List<string> ReadOwnEnvironment()
    {
        List<string> entries = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            string name = (string)entry.Key;
            if (name != "NOTIFY_SOCKET" && !name.StartsWith("LISTEN_", StringComparison.Ordinal))
            {
                entries.Add($"{name}={entry.Value}");
            }
        }

        return entries;
    }

    /// <summary>The program's descriptors in order, held open; those numbered like a target are moved out of the way first.</summary>
    private sealed class HandleList : IDisposable
    {
        private readonly List<SafeFileHandle?> _handles = [];
        private readonly List<SafeFileHandle> _moved = [];
        private readonly int _held;

        internal HandleList(SpawnRequest request)
        {
            _handles.Add(request.StandardInput);
            _handles.Add(request.StandardOutput);
            _handles.Add(request.StandardError);
            _handles.AddRange(request.ExtraFiles);
            for (; _held < _handles.Count; _held++)
            {
                if (_handles[_held] is SafeFileHandle handle)
                {
                    if (handle.DangerousGetHandle() < _handles.Count)
                    {
                        handle = Descriptor.Duplicate(handle, _handles.Count);
                        _moved.Add(handle);
                        _handles[_held] = handle;
                    }

                    bool held = false;
                    handle.DangerousAddRef(ref held);
                }
            }
        }

        internal int Count => _handles.Count;

        internal int this[int index] => _handles[index] is SafeFileHandle handle ? (int)handle.DangerousGetHandle() : -1;

        public void Dispose()
        {
            for (int i = 0; i < _held; i++)
            {
                _handles[i]?.DangerousRelease();
            }

            foreach (SafeFileHandle handle in _moved)
            {
                handle.Dispose();
            }
        }
    }
}
