namespace Crid.Images;

/// <summary>What the clients of all pulls share.</summary>
internal sealed record RegistryServices(RegistryTransport Transport, TokenCache Tokens, RegistryOptions Options, TimeProvider Time);
