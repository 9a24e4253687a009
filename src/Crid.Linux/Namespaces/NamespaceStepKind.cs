namespace Crid.Linux;

/// <summary>What a step inside new namespaces does.</summary>
internal enum NamespaceStepKind
{
    /// <summary>Moves into the namespace at the path.</summary>
    Join,

    /// <summary>Creates the file at the path and bind-mounts the namespace file named by the data on it.</summary>
    Pin,

    /// <summary>Makes the user in the data the effective one of this thread.</summary>
    SetUser,

    /// <summary>Gives the UTS namespace the name in the data.</summary>
    SetHostname,

    /// <summary>Writes the data to the path.</summary>
    Write,

    /// <summary>Sends the data, one rtnetlink request, and waits for its acknowledgement.</summary>
    SendRoute,
}
