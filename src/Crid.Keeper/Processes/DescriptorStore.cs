using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// Has the service manager hold what the client holds too, for the case that both are killed at once: pty masters, whose loss would be a SIGHUP,
/// output that nobody has read, and pidfds. Each descriptor is stored under its kind and the id of its process. On the control thread.
/// </summary>
internal sealed class DescriptorStore : ITimed
{
    /// <summary>Far more than a node's pods start while the manager is busy.</summary>
    private const int MaxWaiting = 4096;
    private const int RetryMilliseconds = 50;

    private static readonly HeldKind[] Kinds = [HeldKind.Stdin, HeldKind.Stdout, HeldKind.Stderr, HeldKind.Terminal, HeldKind.Process];

    private readonly ServiceManagerSocket? _manager;
    private readonly ILogger _logger;

    /// <summary>What the manager has not read yet, in order; files are copies.</summary>
    private readonly Queue<(string State, SafeFileHandle? File)> _waiting = new();

    /// <param name="address">The value of NOTIFY_SOCKET; without one nothing is stored.</param>
    internal DescriptorStore(string? address, ControlLoop loop, ILogger logger)
    {
        _manager = string.IsNullOrEmpty(address) ? null : new ServiceManagerSocket(address);
        _logger = logger;
        loop.AddTimed(this);
    }

    /// <summary>Gives what the manager has passed to this program at its start, by process; what is of no use is removed from the store.</summary>
    internal Dictionary<string, List<HeldFile>> TakeBack(IReadOnlyList<(string Name, SafeFileHandle File)> files)
    {
        Dictionary<string, List<HeldFile>> held = [];
        foreach ((string name, SafeFileHandle file) in files)
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && Enum.TryParse(name[..dot], out HeldKind kind) && Kinds.Contains(kind) && RequestRules.IsId(name[(dot + 1)..]))
            {
                held.TryAdd(name[(dot + 1)..], []);
                held[name[(dot + 1)..]].Add(new HeldFile(kind, file));
            }
            else
            {
                file.Dispose();
                Send($"FDSTOREREMOVE=1\nFDNAME={name}", file: null);
            }
        }

        return held;
    }

    /// <summary>Stores descriptors, which stay the caller's.</summary>
    internal void Add(string id, IReadOnlyList<HeldFile> held)
    {
        foreach (HeldFile file in held)
        {
            // Not to be dropped when the other side hangs up: what is still in a pipe then, and how a process ended, is wanted.
            Send($"FDSTORE=1\nFDPOLL=0\nFDNAME={file.Kind}.{id}", file.File);
        }
    }

    /// <summary>The same for what may be stored already, by the program before this one.</summary>
    internal void Replace(string id, IReadOnlyList<HeldFile> held)
    {
        Remove(id, kind: null);
        Add(id, held);
    }

    /// <summary>Lets go of one of a process's descriptors, of all where the kind is null.</summary>
    internal void Remove(string id, HeldKind? kind)
    {
        foreach (HeldKind one in kind is HeldKind only ? [only] : Kinds)
        {
            Send($"FDSTOREREMOVE=1\nFDNAME={one}.{id}", file: null);
        }
    }

    public long RunDue(long now)
    {
        while (_waiting.TryPeek(out (string State, SafeFileHandle? File) next) && TrySend(next.State, next.File))
        {
            _waiting.Dequeue();
            next.File?.Dispose();
        }

        return _waiting.Count == 0 ? long.MaxValue : now + RetryMilliseconds;
    }

    private void Send(string state, SafeFileHandle? file)
    {
        if (_manager is null || (_waiting.Count == 0 && TrySend(state, file)))
        {
            return;
        }

        if (_waiting.Count < MaxWaiting)
        {
            _waiting.Enqueue((state, file is null ? null : Descriptor.Duplicate(file)));
        }
        else
        {
            KeeperLog.NotStored(_logger, exception: null, "it does not read what it is sent");
        }
    }

    /// <summary>False where it has to be tried again.</summary>
    private bool TrySend(string state, SafeFileHandle? file)
    {
        try
        {
            return file is null ? _manager!.TrySend(state) : _manager!.TrySend(state, file);
        }
        catch (LinuxException e)
        {
            KeeperLog.NotStored(_logger, e, e.Message);
            return true;
        }
    }
}
