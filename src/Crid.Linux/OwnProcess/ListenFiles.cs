using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>The descriptors that a service manager passes at the start of a program, with their names (sd_listen_fds_with_names(3)).</summary>
public static class ListenFiles
{
    private const int FirstNumber = 3;
    private const int MaxFiles = 1 << 16;

    /// <summary>Takes over all of them; none where they are meant for another process. To be called once, first thing in a process.</summary>
    public static IReadOnlyList<(string Name, SafeFileHandle File)> Take(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (!TryParse(environment("LISTEN_PID"), out int pid) || pid != Environment.ProcessId
            || !TryParse(environment("LISTEN_FDS"), out int count) || count > MaxFiles)
        {
            return [];
        }

        string[] names = (environment("LISTEN_FDNAMES") ?? "").Split(':');
        List<(string Name, SafeFileHandle File)> files = [];
        for (int i = 0; i < count; i++)
        {
            files.Add((i < names.Length ? names[i] : "", InheritedFiles.Take(FirstNumber + i)));
        }

        return files;
    }

    private static bool TryParse(string? text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
