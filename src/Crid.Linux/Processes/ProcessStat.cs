using System.Buffers.Text;
using System.Text;

namespace Crid.Linux;

/// <summary>What /proc/PID/stat says of a process (proc_pid_stat(5)).</summary>
/// <param name="State">R, S, D, Z (ended, not reaped), ...</param>
/// <param name="StartTimeTicks">Clock ticks from boot to its start, which with the pid names it beyond pid reuse.</param>
/// <param name="WaitStatus">As of wait(2); of use only for state Z.</param>
public readonly record struct ProcessStat(int Pid, char State, int ParentPid, int GroupId, int SessionId, ulong StartTimeTicks, int WaitStatus)
{
    // Positions after the command's closing bracket, where field 3 is the first.
    private const int StateField = 0;
    private const int ParentField = 1;
    private const int GroupField = 2;
    private const int SessionField = 3;
    private const int StartTimeField = 19;
    private const int WaitStatusField = 49;

    /// <summary>The process has ended and only waits to be reaped.</summary>
    public bool IsEnded => State is 'Z' or 'X';

    /// <summary>Null where no such process exists.</summary>
    public static ProcessStat? Find(int pid)
    {
        byte[] buffer = new byte[1024];
        try
        {
            using FileStream file = new($"/proc/{pid}/stat", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            int length = file.Read(buffer);
            return Parse(buffer.AsSpan(0, length));
        }
        catch (IOException)
        {
            // ENOENT before the open, ESRCH between open and read.
            return null;
        }
    }

    /// <summary>Parses the one line of the file; the command, field 2, may itself contain brackets and blanks.</summary>
    internal static ProcessStat Parse(ReadOnlySpan<byte> line)
    {
        int open = line.IndexOf((byte)'(');
        int close = line.LastIndexOf((byte)')');
        if (open < 1 || close < open || close + 2 > line.Length || !Utf8Parser.TryParse(line[..open], out int pid, out _))
        {
            throw new InvalidDataException($"not a line of /proc/PID/stat: '{Encoding.UTF8.GetString(line)}'");
        }

        ProcessStat stat = new() { Pid = pid };
        ReadOnlySpan<byte> rest = line[(close + 2)..];
        for (int field = 0; !rest.IsEmpty; field++)
        {
            int end = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> value = end < 0 ? rest.TrimEnd((byte)'\n') : rest[..end];
            stat = stat.With(field, value);
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return stat;
    }

    private ProcessStat With(int field, ReadOnlySpan<byte> value)
    {
        switch (field)
        {
            case StateField:
                return this with { State = (char)value[0] };
            case ParentField when Utf8Parser.TryParse(value, out int parent, out _):
                return this with { ParentPid = parent };
            case GroupField when Utf8Parser.TryParse(value, out int group, out _):
                return this with { GroupId = group };
            case SessionField when Utf8Parser.TryParse(value, out int session, out _):
                return this with { SessionId = session };
            case StartTimeField when Utf8Parser.TryParse(value, out ulong start, out _):
                return this with { StartTimeTicks = start };
            case WaitStatusField when Utf8Parser.TryParse(value, out int status, out _):
                return this with { WaitStatus = status };
            default:
                return this;
        }
    }
}
