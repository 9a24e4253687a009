using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images;

/// <summary>Checks one layer on disk.</summary>
internal static class LayerCheck
{
    /// <summary>The first thing that is wrong, or null, with the number of bytes that prove it.</summary>
    /// <param name="layer">What the database says of the layer.</param>
    /// <param name="directory">Where it is.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    public static LayerCheckResult Check(Layer layer, string directory, CancellationToken cancellationToken)
    {
        try
        {
            if (!Directory.Exists($"{directory}/fs"))
            {
                return new LayerCheckResult("its directory is missing", IsProvable: false, Bytes: 0);
            }

            return LayerSkeleton.Exists(directory)
                ? CheckContent(layer, directory, cancellationToken)
                : new LayerCheckResult(CheckSize(layer, directory), IsProvable: false, Bytes: 0);
        }
        catch (Exception exception) when (exception is IOException or LinuxException)
        {
            return new LayerCheckResult($"it can't be read: {exception.Message}", IsProvable: false, Bytes: 0);
        }
    }

    private static LayerCheckResult CheckContent(Layer layer, string directory, CancellationToken cancellationToken)
    {
        using SafeFileHandle root = FileAt.OpenDirectory($"{directory}/fs");
        Dictionary<string, string> differences = new(StringComparer.Ordinal);
        using CountingStream count = new();
        DiffId? diffId = LayerSkeleton.Rebuild(directory, count, entry => Compare(root, entry, differences), cancellationToken);
        string? problem = diffId == layer.DiffId
            ? differences.Select(static difference => $"'{difference.Key}' {difference.Value}").FirstOrDefault()
            : "its files are not what they were";
        return new LayerCheckResult(problem, IsProvable: true, count.Bytes);
    }

    // An archive may have several entries of one name: the last one counts.
    private static void Compare(SafeFileHandle root, TarEntry entry, Dictionary<string, string> differences)
    {
        string? difference = EntryCheck.FindDifference(root, entry);
        if (difference is null && differences.Count == 0)
        {
            return;
        }

        string name = LayerFailure.Format(LayerPath.Parse(entry.Name).Bytes);
        differences.Remove(name);
        if (difference is not null && differences.Count < 1000)
        {
            differences.Add(name, difference);
        }
    }

    private static string? CheckSize(Layer layer, string directory)
    {
        DirectoryUsage files = DirectoryMeasure.Measure(directory, static () => false).GetValueOrDefault();
        return (long)files.Inodes == layer.Inodes ? null : $"it has {files.Inodes} files, not {layer.Inodes}";
    }
}
