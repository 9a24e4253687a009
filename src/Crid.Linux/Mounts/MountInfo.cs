using System.Globalization;
using System.Text;

namespace Crid.Linux;

/// <summary>A line of <c>/proc/self/mountinfo</c>: proc_pid_mountinfo(5).</summary>
public sealed record MountInfo
{
    public required int Id { get; init; }

    public required int ParentId { get; init; }

    /// <summary><c>major:minor</c> of the file system.</summary>
    public required string Device { get; init; }

    /// <summary>The directory within the file system that is mounted.</summary>
    public required string Root { get; init; }

    public required string Mountpoint { get; init; }

    /// <summary>Per-mount options, separated by commas.</summary>
    public required string Options { get; init; }

    /// <summary>Propagation fields: <c>shared:N</c>, <c>master:N</c>, ...</summary>
    public required IReadOnlyList<string> Propagation { get; init; }

    public required string FileSystemType { get; init; }

    public required string Source { get; init; }

    /// <summary>Options of the file system, separated by commas.</summary>
    public required string SuperOptions { get; init; }

    public bool IsShared => Propagation.Any(static tag => tag.StartsWith("shared:", StringComparison.Ordinal));

    /// <exception cref="FormatException">Not a line of that file.</exception>
    public static MountInfo Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
        if (separator < 0 || fields.Length < separator + 4)
        {
            throw new FormatException($"'{line}' is not a line of mountinfo");
        }

        return new MountInfo
        {
            Id = int.Parse(fields[0], CultureInfo.InvariantCulture),
            ParentId = int.Parse(fields[1], CultureInfo.InvariantCulture),
            Device = fields[2],
            Root = Unescape(fields[3]),
            Mountpoint = Unescape(fields[4]),
            Options = fields[5],
            Propagation = fields[6..separator],
            FileSystemType = fields[separator + 1],
            Source = Unescape(fields[separator + 2]),
            SuperOptions = fields[separator + 3],
        };
    }

    // Blanks and backslashes are written as a backslash and three octal digits of each byte.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(field);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            bool escaped = bytes[i] == '\\' && i + 3 < bytes.Length;
            bytes[length++] = escaped
                ? (byte)(((bytes[i + 1] - '0') << 6) | ((bytes[i + 2] - '0') << 3) | (bytes[i + 3] - '0'))
                : bytes[i];
            i += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
