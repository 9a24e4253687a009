using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Makes contexts of what the policy has, what the request says, and the level of the pod.</summary>
public static class SelinuxLabel
{
    private const int Parts = 4;

    /// <summary>The contexts of a pod's containers as far as these say nothing of their own.</summary>
    /// <param name="isTaken">Whether another pod has a level.</param>
    /// <exception cref="CridException">InvalidArgument: an option can't be part of a context.</exception>
    public static SelinuxLabels ForSandbox(SelinuxPolicy policy, SelinuxSpec? options, Func<string, bool> isTaken)
    {
        ArgumentNullException.ThrowIfNull(policy);
        SelinuxSpec spec = options ?? new SelinuxSpec("", "", "", "");
        string level = spec.Level.Length > 0 ? spec.Level : SelinuxLevel.Draw(isTaken);
        return Apply(new SelinuxLabels(policy.ProcessContext, policy.FileContext), spec with { Level = level });
    }

    /// <summary>The contexts of a container: those of its pod with what the container's request says.</summary>
    /// <exception cref="CridException">InvalidArgument: an option can't be part of a context.</exception>
    public static SelinuxLabels ForContainer(SelinuxLabels sandbox, SelinuxSpec? options) => options is null ? sandbox : Apply(sandbox, options);

    /// <summary>The level of a context; empty where the policy has none.</summary>
    public static string LevelOf(string context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string[] parts = context.Split(':', Parts);
        return parts.Length == Parts ? parts[^1] : "";
    }

    /// <summary>Files keep their role and type: these say that they belong to containers, and the level says to which.</summary>
    private static SelinuxLabels Apply(SelinuxLabels labels, SelinuxSpec options)
    {
        CheckWord("user", options.User);
        CheckWord("role", options.Role);
        CheckWord("type", options.Type);
        if (options.Level.Length > 0 && !SelinuxLevel.IsValid(options.Level))
        {
            throw CridException.InvalidArgument($"SELinux level '{options.Level}' is not of the form s0:c1,c2");
        }

        return new SelinuxLabels(
            Replace(labels.Process, options.User, options.Role, options.Type, options.Level),
            Replace(labels.Mount, options.User, "", "", options.Level));
    }

    private static string Replace(string context, params ReadOnlySpan<string> parts)
    {
        string[] result = context.Split(':', Parts);
        for (int index = 0; index < result.Length; index++)
        {
            result[index] = parts[index].Length > 0 ? parts[index] : result[index];
        }

        return string.Join(':', result);
    }

    private static void CheckWord(string name, string word)
    {
        if (word.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-')))
        {
            throw CridException.InvalidArgument($"'{word}' can't be the {name} of an SELinux context");
        }
    }
}
