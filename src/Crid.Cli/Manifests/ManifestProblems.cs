using YamlDotNet.Core;

namespace Crid.Cli;

/// <summary>Everything that is wrong with a manifest, each with its line, so that one run shows them all.</summary>
internal sealed class ManifestProblems
{
    private readonly List<(long Line, string Text)> _errors = [];
    private readonly List<(long Line, string Text)> _warnings = [];

    /// <summary>Fields that were left out because nothing on a single node does anything with them.</summary>
    public IEnumerable<string> Warnings => _warnings.OrderBy(warning => warning.Line).Select(warning => $"line {warning.Line}: {warning.Text}");

    public void Error(Mark where, string text) => _errors.Add((where.Line, text));

    public void Warn(Mark where, string text) => _warnings.Add((where.Line, text));

    /// <exception cref="CliException">Usage: there were errors.</exception>
    public void ThrowIfAny(string file)
    {
        if (_errors.Count > 0)
        {
            IEnumerable<string> lines = _errors.OrderBy(error => error.Line).Select(error => $"\n  line {error.Line}: {error.Text}");
            throw CliException.Usage($"{file} cannot be run:{string.Concat(lines)}");
        }
    }
}
