using System.Globalization;
using System.Text;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>What a group of processes holds: its number, their open files and sockets together.</summary>
public sealed record ProcessResources(int Processes, int OpenFiles, int Sockets)
{
    private const string OpenFilesLimit = "Max open files";
    private static ReadOnlySpan<byte> SocketPrefix => "socket:"u8;

    /// <summary>Counts what processes hold now; those that have ended meanwhile are left out.</summary>
    public static ProcessResources Count(IReadOnlyCollection<int> pids)
    {
        ArgumentNullException.ThrowIfNull(pids);
        ProcessResources sum = new(0, 0, 0);
        foreach (int pid in pids)
        {
            if (CountFiles(pid) is (int files, int sockets))
            {
                sum = new ProcessResources(sum.Processes + 1, sum.OpenFiles + files, sum.Sockets + sockets);
            }
        }

        return sum;
    }

    /// <summary>The soft limit of open files of a process; null where it is gone or has no limit.</summary>
    public static ulong? FindOpenFilesLimit(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/limits").FirstOrDefault(static line => line.StartsWith(OpenFilesLimit, StringComparison.Ordinal));
            string[] fields = line?[OpenFilesLimit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return fields.Length > 0 && ulong.TryParse(fields[0], CultureInfo.InvariantCulture, out ulong limit) ? limit : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static unsafe (int Files, int Sockets)? CountFiles(int pid)
    {
        int files = 0;
        int sockets = 0;
        try
        {
            Span<byte> target = stackalloc byte[SocketPrefix.Length];
            foreach (string file in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
            {
                files++;
                fixed (byte* path = Encoding.UTF8.GetBytes($"{file}\0"), buffer = target)
                {
                    long length = LibC.readlink(path, buffer, target.Length);
                    sockets += length == target.Length && target.SequenceEqual(SocketPrefix) ? 1 : 0;
                }
            }
        }
        catch (IOException)
        {
            return null;
        }

        return (files, sockets);
    }
}
