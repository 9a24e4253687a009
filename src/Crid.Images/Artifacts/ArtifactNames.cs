using System.Text;
using Crid.Core;

namespace Crid.Images;

/// <summary>The names of an artifact's files: relative paths that lie in the artifact, each once, and none below a file.</summary>
internal sealed class ArtifactNames
{
    private const int MaxBytes = 1024;
    private const int MaxComponentBytes = 255;

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    /// <summary>Checks a name and remembers it.</summary>
    /// <returns>The name without <c>./</c> in front.</returns>
    /// <exception cref="CridException">InvalidArgument: it can't be the name of a file of the artifact.</exception>
    public string Add(string title)
    {
        string name = title.StartsWith("./", StringComparison.Ordinal) ? title[2..] : title;
        if (FindProblem(name) is { } problem)
        {
            throw CridException.InvalidArgument($"a file of the artifact is named '{Format(title)}', which {problem}");
        }

        bool isFree = _files.Add(name) && !_directories.Contains(name);
        foreach (string directory in ParentsOf(name))
        {
            isFree &= !_files.Contains(directory);
            _directories.Add(directory);
        }

        return isFree ? name : throw CridException.InvalidArgument($"the artifact has several files named '{Format(name)}', or files below that one");
    }

    /// <summary>The directories above a name, outermost first.</summary>
    public static IEnumerable<string> ParentsOf(string name)
    {
        for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = name.IndexOf('/', slash + 1))
        {
            yield return name[..slash];
        }
    }

    private static string? FindProblem(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            return $"is longer than {MaxBytes} bytes";
        }

        // The replacement character stands for what is no text.
        if (name.EnumerateRunes().Any(static rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar))
        {
            return "has characters that can't be part of a name";
        }

        string[] components = name.Split('/');
        if (components.Any(static component => component is "" or "." or ".."))
        {
            return "is not the path of a file within the artifact";
        }

        return components.Any(static component => component.StartsWith(".wh.", StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(component) > MaxComponentBytes)
            ? "has a component that no file can have as its name"
            : null;
    }

    private static string Format(string name) => LayerFailure.Format(Encoding.UTF8.GetBytes(name));
}
