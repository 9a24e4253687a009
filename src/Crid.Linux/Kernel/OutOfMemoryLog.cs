using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>What the kernel's log says about processes that it has killed for want of memory: the record that outlives their cgroup.</summary>
public static class OutOfMemoryLog
{
    private const string Device = "/dev/kmsg";
    private const int LongestRecord = 8 << 10;

    /// <summary>Whether a victim was in the cgroup with this last path element, or in one below it.</summary>
    /// <exception cref="LinuxException">The log can't be read.</exception>
    public static bool HasVictimIn(string cgroupName)
    {
        ArgumentException.ThrowIfNullOrEmpty(cgroupName);
        byte[] name = Encoding.UTF8.GetBytes(cgroupName);
        Span<byte> buffer = stackalloc byte[LongestRecord];
        using SafeFileHandle log = Descriptor.OpenNonBlocking(Device);
        while (true)
        {
            try
            {
                int length = Descriptor.TryRead(log, buffer);
                if (length <= 0)
                {
                    return false;
                }

                if (TellsOfVictim(buffer[..length], name))
                {
                    return true;
                }
            }
            catch (LinuxException exception) when (exception.Errno == LibC.EPIPE)
            {
                // The record was overwritten before it was read; the next read is of the oldest that there is.
            }
        }
    }

    /// <summary>
    /// The first kind of record is limited in rate, the second is written where the cgroup dies as a whole. A record also names the cgroup
    /// that asked for the memory, which need not be the victim's.
    /// </summary>
    internal static bool TellsOfVictim(ReadOnlySpan<byte> record, ReadOnlySpan<byte> cgroupName)
    {
        int path = record.IndexOf("task_memcg="u8);
        if (path < 0 && record.IndexOf("are going to be killed due to memory.oom.group set"u8) >= 0)
        {
            path = record.IndexOf("Tasks in "u8);
        }

        return path >= 0 && record[path..].IndexOf(cgroupName) >= 0;
    }
}
