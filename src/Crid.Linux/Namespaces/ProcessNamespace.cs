using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>The PID namespace of a process, held open so that other programs can join just this one, whatever becomes of the process.</summary>
public sealed class ProcessNamespace : IDisposable
{
    private readonly SafeFileHandle _file;

    private ProcessNamespace(SafeFileHandle file) => _file = file;

    /// <summary>Leads to the namespace as long as this object lives; for programs that share this process's view of /proc.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_file.DangerousGetHandle()}");

    /// <summary>Opens the namespace; null where the process with this pid and start time has ended.</summary>
    /// <exception cref="LinuxException">It can't be opened for another reason.</exception>
    public static ProcessNamespace? Find(int pid, ulong startTimeTicks)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/pid");
        int fd = DescriptorCalls.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.ENOENT || errno == LibC.ESRCH ? null : throw new LinuxException("open", path, errno);
        }

        SafeFileHandle file = Descriptor.Own(fd);

        // Looked at after the open: when the process is still there the pid was its own at the open too.
        if (ProcessStat.Find(pid) is ProcessStat stat && stat.StartTimeTicks == startTimeTicks)
        {
            return new ProcessNamespace(file);
        }

        file.Dispose();
        return null;
    }

    public void Dispose() => _file.Dispose();
}
