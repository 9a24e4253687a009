using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>How likely the kernel picks a process when memory runs out (/proc/PID/oom_score_adj, proc_pid_oom_score_adj(5)).</summary>
public static class OutOfMemoryScore
{
    private const int MaxDigits = 8;

    /// <summary>
    /// Sets the score of a process; false where it is gone or this process may not lower it so far, which needs CAP_SYS_RESOURCE.
    /// </summary>
    public static bool TrySet(int pid, int score)
    {
        Span<byte> text = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(score, text, out int length);
        try
        {
            using SafeFileHandle file = Descriptor.OpenForWriting($"/proc/{pid}/oom_score_adj");
            Descriptor.TryWrite(file, text[..length], out int errno);
            return errno == 0 || (errno == LibC.EACCES || errno == LibC.ESRCH
                ? false
                : throw new LinuxException("write", $"/proc/{pid}/oom_score_adj", errno));
        }
        catch (LinuxException e) when (e.Errno == LibC.ENOENT || e.Errno == LibC.ESRCH)
        {
            return false;
        }
    }

    /// <summary>The score of a process; null where it is gone.</summary>
    public static int? Find(int pid)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{pid}/oom_score_adj"), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
