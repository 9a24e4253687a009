using System.Globalization;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>
/// Imports what lies in a directory, for nodes that reach no registry. Each file is imported once; it is imported again when it changes. The images
/// are pinned: what was collected could not be pulled.
/// </summary>
internal sealed class Preload(CridDirectories directories, ImageImporter importer, ILogger logger)
{
    private string Done => $"{directories.Root}/preloaded";

    public async Task RunAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                await ImportAllAsync(directory, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ImagesLog.PreloadFailed(logger, exception, directory);
        }
    }

    private async Task ImportAllAsync(string directory, CancellationToken cancellationToken)
    {
        HashSet<string> done = File.Exists(Done) ? [.. await File.ReadAllLinesAsync(Done, cancellationToken)] : [];
        HashSet<string> current = [];
        foreach (string path in Directory.GetFileSystemEntries(directory).Order(StringComparer.Ordinal))
        {
            string line = Describe(path);
            if (done.Contains(line) || await TryImportAsync(path, cancellationToken))
            {
                current.Add(line);
            }
        }

        if (!current.SetEquals(done))
        {
            await WriteAsync(current, cancellationToken);
        }
    }

    private async Task<bool> TryImportAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await importer.ImportAsync(path, pin: true, cancellationToken);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // One bad file must not keep the others from a node that can't pull them, whatever is wrong with it.
            ImagesLog.PreloadFailed(logger, exception, path);
            return false;
        }
    }

    private async Task WriteAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        string partial = $"{directories.Temporary}/preloaded";
        await File.WriteAllLinesAsync(partial, lines, cancellationToken);
        File.Move(partial, Done, overwrite: true);
    }

    private static string Describe(string path)
    {
        FileInfo file = new(path);
        long size = file.Exists ? file.Length : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(path)} {size} {File.GetLastWriteTimeUtc(path).Ticks}");
    }
}
