using System.Text.Json;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>
/// The files of some directories, parsed. They are looked at when they are needed, and what has changed is read again: nothing watches
/// them in between. Bounded, so that a directory full of files costs neither memory nor time.
/// </summary>
/// <param name="parse">Throws InvalidDataException or JsonException where a file, given by path and bytes, is not what it should be.</param>
internal sealed class SourceDirectories<T>(IReadOnlyList<string> directories, IReadOnlyList<string> extensions, Func<string, byte[], T> parse)
    where T : class
{
    /// <summary>In all directories together.</summary>
    private const int MaxFiles = 256;
    private const ulong MaxBytes = 16 << 20;

    // Device files of GPUs with many partitions have some hundred kilobytes.
    private const int MaxFileBytes = 2 << 20;

    private Dictionary<string, SourceFile<T>> _files = [];

    public IReadOnlyList<string> Directories => directories;

    /// <summary>Directory by directory, in each by name.</summary>
    public IReadOnlyList<SourceFile<T>> Files { get; private set; } = [];

    /// <summary>Reads what has changed, and tells whether anything has.</summary>
    /// <param name="broken">Called for each file that is found to be of no use, once until it changes.</param>
    public bool Refresh(Action<SourceFile<T>>? broken = null)
    {
        List<SourceFile<T>> files = [];
        ulong bytes = 0;
        bool changed = false;
        foreach (string path in directories.SelectMany(FilesOf).Take(MaxFiles + 1))
        {
            if (FindStatus(path) is not FileStatus status)
            {
                continue;
            }

            bytes += status.Size;
            bool isTooMuch = files.Count == MaxFiles || bytes > MaxBytes;
            if (!_files.TryGetValue(path, out SourceFile<T>? file) || !IsSame(file.Status, status) || isTooMuch != file.IsPassedOver)
            {
                changed = true;
                file = isTooMuch ? PassOver(path, status) : Read(path, status);
                if (file.Content is null)
                {
                    broken?.Invoke(file);
                }
            }

            files.Add(file);
        }

        changed |= files.Count != Files.Count;
        if (changed)
        {
            Files = files;
            _files = files.ToDictionary(static file => file.Path);
        }

        return changed;
    }

    private SourceFile<T> Read(string path, FileStatus status)
    {
        try
        {
            byte[] content = RootedFiles.ReadFile("/", path, MaxFileBytes) ?? throw new InvalidDataException("not a regular file");
            return new SourceFile<T>(path, status, parse(path, content), "");
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or IOException or LinuxException)
        {
            return new SourceFile<T>(path, status, null, exception.Message);
        }
    }

    private static SourceFile<T> PassOver(string path, FileStatus status) =>
        new(path, status, null, "the files before it are as many or as large as crid reads") { IsPassedOver = true };

    private string[] FilesOf(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory).Where(path => extensions.Contains(Path.GetExtension(path))).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Of the file itself where the path is a link; null where it has just gone.</summary>
    private static FileStatus? FindStatus(string path)
    {
        FileStatus? status = FileMetadata.FindStatus(path);
        return status?.Kind == FileKind.SymbolicLink && RootedFiles.FindRealPath(path) is { } real ? FileMetadata.FindStatus(real) : status;
    }

    private static bool IsSame(FileStatus one, FileStatus other) =>
        one.Inode == other.Inode && one.Size == other.Size && one.Modified == other.Modified;
}
