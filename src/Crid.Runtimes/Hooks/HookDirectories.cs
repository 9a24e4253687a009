using Crid.Core;

namespace Crid.Runtimes;

/// <summary>The hooks of the files in some directories, by the names of the files; one in a later directory takes the place of its namesake.</summary>
internal sealed class HookDirectories(IReadOnlyList<string> directories)
{
    private readonly SourceDirectories<HookRule> _sources = new(directories, [".json"], HookRule.Parse);
    private readonly Lock _gate = new();
    private IReadOnlyList<SourceFile<HookRule>> _files = [];

    /// <remarks>What a hook does can matter for the safety of the node, so that a file which can't be understood stops every container.</remarks>
    /// <exception cref="CridException">FailedPrecondition: a file is of no use; the message names it.</exception>
    public IReadOnlyList<HookRule> Read()
    {
        lock (_gate)
        {
            if (_sources.Refresh())
            {
                SortedDictionary<string, SourceFile<HookRule>> byName = new(StringComparer.Ordinal);
                foreach (SourceFile<HookRule> file in _sources.Files)
                {
                    byName[Path.GetFileName(file.Path)] = file;
                }

                _files = [.. byName.Values];
            }

            return _files.FirstOrDefault(static file => file.Content is null) is { } broken
                ? throw CridException.FailedPrecondition($"OCI hook {broken.Path}: {broken.Error}")
                : [.. _files.Select(static file => file.Content!)];
        }
    }
}
