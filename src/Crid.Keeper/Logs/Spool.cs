using System.Runtime.InteropServices;
using System.Text;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>
/// Where a thread reads output into, with notes of what it is about to do with it. It lies in a file that outlives the keeper: killed at any
/// moment this leaves there what it had taken from a container and not logged yet, for the next one to log.
/// </summary>
/// <remarks>
/// That a read has come to its end can't be stored before a signal may end the process. So the read is of as many bytes as are there, and the
/// end of the place for them is marked before: once they are read the mark is gone. That a write has come to its end is told by the log.
/// Reads must not end half-way, so every page of the place is there: locked, and made writable just before.
/// </remarks>
internal sealed class Spool : IDisposable
{
    /// <summary>An incomplete line that could not be moved to the front, and a read behind it.</summary>
    internal const int DataSize = (2 * Output.MaxLineLimit) + ReadSize;

    /// <summary>What a pipe holds by default.</summary>
    internal const int ReadSize = 64 << 10;

    internal const int MaxOwnerLength = 200;

    private const long Format = 0x31_6c_6f_6f_70_73;
    private const int StatePosition = 0;
    private const int FormatPosition = 1;
    private const int InodePosition = 2;
    private const int LogLengthPosition = 3;
    private const int BatchLengthPosition = 4;
    private const int NumbersLength = 5 * sizeof(long);
    private const int OwnerOffset = 64;
    private const int DataOffset = 4096;
    private const int Size = DataOffset + DataSize;
    private const int PageSize = 4096;

    private readonly MappedFile? _file;
    private readonly string? _path;
    private readonly byte[] _memory;
    private Output? _owner;

    private Spool(MappedFile? file, string? path)
    {
        _file = file;
        _path = path;
        _memory = file is null ? GC.AllocateUninitializedArray<byte>(Size) : [];
    }

    /// <summary>What was read and is not logged.</summary>
    internal ReadOnlySpan<byte> Content
    {
        get
        {
            SpoolState state = State;
            return Data[state.Start..state.End];
        }
    }

    internal SpoolState State
    {
        get => SpoolState.From(Volatile.Read(ref Numbers[StatePosition]));
        private set => Volatile.Write(ref Numbers[StatePosition], value.ToNumber());
    }

    /// <summary>The log that was written to last; for <see cref="SpoolMode.Writing"/>.</summary>
    internal (ulong Inode, long Length, int BatchLength) LastWrite =>
        ((ulong)Numbers[InodePosition], Numbers[LogLengthPosition], (int)Numbers[BatchLengthPosition]);

    /// <summary>The output that the content belongs to.</summary>
    internal (string Id, OutputKind Kind) Owner =>
        (Encoding.ASCII.GetString(Bytes.Slice(OwnerOffset + 2, Math.Min((int)Bytes[OwnerOffset + 1], MaxOwnerLength))), (OutputKind)Bytes[OwnerOffset]);

    /// <summary>What is being read has arrived.</summary>
    internal bool HasArrived => State is { Mode: SpoolMode.Reading } state && !EndsWithMark(Data[state.End..state.Next]);

    private bool IsWhole => Numbers[FormatPosition] == Format && State.IsValid;

    private Span<byte> Bytes => _file is null ? _memory : _file.Bytes;

    private Span<byte> Data => Bytes[DataOffset..];

    private Span<long> Numbers => MemoryMarshal.Cast<byte, long>(Bytes[..NumbersLength]);

    /// <summary>Bytes that no UTF-8 has, so that in text even one of them tells.</summary>
    private static ReadOnlySpan<byte> Mark =>
        [0xF9, 0xFE, 0xFB, 0xF8, 0xFF, 0xFA, 0xFD, 0xFC, 0xF8, 0xFB, 0xFF, 0xF9, 0xFC, 0xFE, 0xFA, 0xFD];

    /// <summary>Makes a spool in a new file, which <see cref="Dispose"/> removes.</summary>
    internal static Spool Create(string path)
    {
        Spool spool = new(MappedFile.Create(path, Size), path);
        spool.Initialize();
        return spool;
    }

    /// <summary>Makes a spool that does not outlive the keeper.</summary>
    internal static Spool InMemory()
    {
        Spool spool = new(file: null, path: null);
        spool.Initialize();
        return spool;
    }

    /// <summary>Opens what a killed keeper has left; null where that is no spool, or one in which there was nothing yet.</summary>
    internal static Spool? Find(string path)
    {
        if (new FileInfo(path).Length != Size)
        {
            return null;
        }

        Spool spool = new(MappedFile.Open(path), path);
        if (spool.IsWhole)
        {
            return spool;
        }

        spool.Dispose();
        return null;
    }

    /// <summary>The container of what a killed keeper has left in a spool; null where there is nothing in it. The file stays.</summary>
    internal static string? FindOwner(string path)
    {
        if (new FileInfo(path).Length != Size)
        {
            return null;
        }

        using MappedFile file = MappedFile.Open(path);
        Spool spool = new(file, path);
        return spool.IsWhole && spool.State.Mode != SpoolMode.Idle ? spool.Owner.Id : null;
    }

    /// <summary>Begins to work for an output, of which <paramref name="rest"/> was read before.</summary>
    internal void Begin(Output owner, ReadOnlySpan<byte> rest)
    {
        if (_owner != owner)
        {
            Bytes[OwnerOffset] = (byte)owner.Kind;
            Bytes[OwnerOffset + 1] = (byte)Encoding.ASCII.GetBytes(owner.Id, Bytes.Slice(OwnerOffset + 2, MaxOwnerLength));
            _owner = owner;
        }

        rest.CopyTo(Data);
        State = new SpoolState(SpoolMode.Holding, 0, rest.Length, 0);
    }

    /// <summary>The place for exactly <paramref name="count"/> bytes that are about to be read, behind the content.</summary>
    internal Span<byte> BeginRead(int count)
    {
        MoveToFront();
        SpoolState state = State;
        Span<byte> place = Data.Slice(state.End, count);
        for (int i = 0; i < count; i += PageSize)
        {
            place[i] = 0;
        }

        int marked = Math.Min(count, Mark.Length);
        Mark[..marked].CopyTo(place[^marked..]);
        State = state with { Mode = SpoolMode.Reading, Next = state.End + count };
        return place;
    }

    internal void EndRead(int count)
    {
        SpoolState state = State;
        State = state with { Mode = SpoolMode.Holding, End = state.End + count };
    }

    /// <summary>A batch is about to be appended to a log; when it is done <paramref name="consumed"/> bytes of the content are logged.</summary>
    /// <param name="logLength">The log's length before.</param>
    internal void BeginWrite(ulong inode, long logLength, int batchLength, int consumed)
    {
        Span<long> numbers = Numbers;
        numbers[InodePosition] = (long)inode;
        numbers[LogLengthPosition] = logLength;
        numbers[BatchLengthPosition] = batchLength;
        SpoolState state = State;
        State = state with { Mode = SpoolMode.Writing, Next = state.Start + consumed };
    }

    /// <summary>The first bytes of the content are logged, or lost for good.</summary>
    internal void EndWrite(int consumed)
    {
        SpoolState state = State;
        State = state with { Mode = SpoolMode.Holding, Start = state.Start + consumed };
    }

    /// <summary>Its content is kept elsewhere now.</summary>
    internal void End() => State = default;

    public void Dispose()
    {
        _file?.Dispose();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }

    private void Initialize()
    {
        State = default;
        Numbers[FormatPosition] = Format;
    }

    /// <summary>Only where it does not overlap: killed half-way it must have the content in one place or the other.</summary>
    private void MoveToFront()
    {
        SpoolState state = State;
        int length = state.End - state.Start;
        if (state.Start > 0 && length <= state.Start)
        {
            Data[state.Start..state.End].CopyTo(Data);
            State = new SpoolState(SpoolMode.Holding, 0, length, 0);
        }
    }

    private static bool EndsWithMark(ReadOnlySpan<byte> place)
    {
        int marked = Math.Min(place.Length, Mark.Length);
        return place[^marked..].SequenceEqual(Mark[..marked]);
    }
}
